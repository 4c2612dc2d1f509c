"""Run by other Pythons: use a packed plugin's client, alone or beside another plugin's protobuf.

``python -I -S -B isolated.py FOLDER PACKAGE ADDRESS TOKEN [FOREIGN before|after]``: FOLDER holds
the unpacked plugin, PACKAGE its private copies, FOREIGN another protobuf.
"""

import importlib
import os
import pickle
import sys
import types
import warnings
from pathlib import Path

FOLDER, PACKAGE, ADDRESS, TOKEN, *REST = sys.argv[1:]
FOREIGN, MOMENT = REST or ("", "")
PRIVATE = ("google", "grpclib", "h2", "hpack", "hyperframe", "multidict", "sfumato_client")


def foreign_plugin():
    """Another plugin that uses its own protobuf, with messages of our names."""
    sys.path.insert(0, FOREIGN)
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    file = descriptor_pb2.FileDescriptorProto(
        name="sfumato/v1/pixels.proto", package="sfumato.v1", syntax="proto3"
    )
    message = file.message_type.add(name="Extent")
    message.field.add(name="something_else", number=1, type=9, label=1)
    pool = descriptor_pool.Default()
    pool.AddSerializedFile(file.SerializeToString())
    found = pool.FindMessageTypeByName("sfumato.v1.Extent")
    if hasattr(message_factory, "GetMessageClass"):
        kind = message_factory.GetMessageClass(found)
    else:
        kind = message_factory.MessageFactory(pool).GetPrototype(found)

    def check():
        data = kind(something_else="é").SerializeToString()
        assert kind.FromString(data).something_else == "é"
        from google import protobuf
        from google.protobuf import json_format, timestamp_pb2

        assert protobuf.__file__.startswith(FOREIGN)
        stamp = timestamp_pb2.Timestamp()
        stamp.FromJsonString("2020-01-01T00:00:00Z")
        assert json_format.MessageToJson(stamp) == '"2020-01-01T00:00:00Z"'

    return check


def private_client():
    """Import the private client; nothing of it may show outside the plugin."""
    before = set(sys.modules), list(sys.path), list(sys.meta_path), dict(os.environ)
    names = PACKAGE.split(".")
    for depth in range(1, len(names) + 1):
        # The plugin's own __init__ needs an editor; a bare package stands in for it.
        bare = types.ModuleType(".".join(names[:depth]))
        bare.__path__ = [str(Path(FOLDER, *names[:depth]))]
        sys.modules[bare.__name__] = bare
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        client = importlib.import_module(f"{PACKAGE}._vendor.sfumato_client")
    leaked = {name for name in sys.modules if name.split(".")[0] in PRIVATE} - before[0]
    assert not leaked, leaked
    assert (sys.path, sys.meta_path, dict(os.environ)) == tuple(before[1:])
    return client


def edit_something(client):
    """Send an edit to a real server and check what comes back."""
    samples = client.Samples.RGB
    window = client.Bounds(0, 0, 900, 600)
    data = os.urandom(900 * 600 * 3)
    selection = bytes(900 * 200) + b"\xff" * (900 * 200) + bytes(900 * 200)
    region = client.Region(window, client.Raster(window.extent, samples, 8, data), selection)
    parameters = client.Parameters(operation=client.Operation.OPERATION_REMOVE)
    edit = client.Edit(client.Extent(900, 600), parameters, (region,))
    events = []
    with client.Client(client.Endpoint(ADDRESS, TOKEN), "isolated", "1") as connection:
        assert connection.capabilities().protocol.major == 1
        handle = connection.submit(edit, events.append, lambda error: None)
        (result,) = handle.wait(30)
        assert bytes(result.pieces[0].color.data) == data
        assert result.pieces[0].mask == selection
        assert isinstance(events[-1], client.Done)
        wrong = client.Client(client.Endpoint(ADDRESS, "wrong"), "isolated", "1")
        try:
            wrong.capabilities()
        except client.Unauthenticated as error:
            assert error.reason == "TOKEN_WRONG", "the status' details were not read"
        else:
            raise AssertionError("a wrong token was let in")
        wrong.close()
    assert pickle.loads(pickle.dumps(parameters)) == parameters
    softness = client.softness(client.Selection(window, selection))
    mask = client.make_mask(selection, window.extent, *softness)
    assert max(mask) == 255


check = foreign_plugin() if MOMENT == "before" else None
client = private_client()
if MOMENT == "after":
    check = foreign_plugin()
edit_something(client)
if check is not None:
    check()
print("fine")
