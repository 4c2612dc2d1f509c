"""What can go wrong with the plugins, as sentences."""


class PluginError(Exception):
    """Packing or installing failed; the message says why and what to do."""
