"""Looking around."""


def run(code):
    """Run statements and return the variable ``value``: for explorations."""
    scope = {}
    exec(code, scope)
    return scope.get("value")
