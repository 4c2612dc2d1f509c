"""Documents of paper, as ``krita.py`` has them: what the plugin asks of Krita's."""

# ruff: noqa: D102, N802, N815 (Krita's names, and Krita's manual says what they do)

from qt import QtCore, QtGui

SAMPLES = 4


class Plane:
    """Pixels of a few bytes each, anywhere; what nobody set is 0."""

    def __init__(self, size):
        self._size = size
        self._pixels = {}

    def setPixelData(self, data, x, y, width, height):
        size = self._size
        assert len(data) == width * height * size
        for index in range(width * height):
            place = x + index % width, y + index // width
            self._pixels[place] = bytes(data[size * index : size * (index + 1)])

    def pixelData(self, x, y, width, height):
        nothing = bytes(self._size)
        places = ((x + i % width, y + i // width) for i in range(width * height))
        return QtCore.QByteArray(b"".join(self._pixels.get(place, nothing) for place in places))


class Selection(Plane):
    """One byte a pixel."""

    def __init__(self):
        super().__init__(1)

    def add(self, other):
        for place, value in other._pixels.items():
            self._pixels[place] = max(value, self._pixels.get(place, b"\0"))

    def _span(self, axis):
        taken = [place[axis] for place, value in self._pixels.items() if value != b"\0"]
        return min(taken), max(taken) + 1

    def x(self):
        return self._span(0)[0]

    def y(self):
        return self._span(1)[0]

    def width(self):
        first, end = self._span(0)
        return end - first

    def height(self):
        first, end = self._span(1)
        return end - first


class Node(Plane):
    """A layer, a group or a mask."""

    def __init__(self, name, kind):
        super().__init__(SAMPLES)
        self._name, self._kind = name, kind
        self._id = QtCore.QUuid.createUuid()
        self._parent, self._children, self._selection = None, [], None

    def name(self):
        return self._name

    def type(self):
        return self._kind

    def uniqueId(self):
        return self._id

    def locked(self):
        return False

    def parentNode(self):
        return self._parent

    def childNodes(self):
        return list(self._children)

    def addChildNode(self, child, above):
        child._parent = self
        self._children.insert(self._children.index(above) + 1 if above else 0, child)

    def duplicate(self):
        copy = Node(self._name, self._kind)
        copy._pixels, copy._selection = dict(self._pixels), self._selection
        for child in self._children:
            copy.addChildNode(child.duplicate(), None)
        return copy

    def selection(self):
        return self._selection

    def setSelection(self, selection):
        self._selection = selection


class Document:
    """A picture with one layer, which is all that is ever seen of it."""

    def __init__(self, width, height, space):
        self._size, self._space = (width, height), tuple(space)
        self._root, self._selection, self._annotations = Node("root", "grouplayer"), None, {}
        self._background = self._active = Node("Background", "paintlayer")
        self._root.addChildNode(self._background, None)

    def width(self):
        return self._size[0]

    def height(self):
        return self._size[1]

    def colorModel(self):
        return self._space[0]

    def colorDepth(self):
        return self._space[1]

    def colorProfile(self):
        return self._space[2]

    def setColorSpace(self, *space):
        self._space = space

    def rootNode(self):
        return self._root

    def activeNode(self):
        return self._active

    def setActiveNode(self, node):
        self._active = node

    def createNode(self, name, kind):
        return Node(name, kind)

    def createTransparencyMask(self, name):
        return Node(name, "transparencymask")

    def pixelData(self, x, y, width, height):
        return self._background.pixelData(x, y, width, height)

    def projection(self, x, y, width, height):
        bgra = bytes(self.pixelData(x, y, width, height))
        form = QtGui.QImage.Format.Format_ARGB32
        return QtGui.QImage(bgra, width, height, SAMPLES * width, form).copy()

    def selection(self):
        return self._selection

    def setSelection(self, selection):
        self._selection = selection

    def annotation(self, key):
        return self._annotations.get(key, QtCore.QByteArray())

    def annotationTypes(self):
        return list(self._annotations)

    def setAnnotation(self, key, _description, data):
        self._annotations[key] = QtCore.QByteArray(data)

    def waitForDone(self):
        pass

    refreshProjection = waitForDone

    def setModified(self, _modified):
        pass

    setBatchmode = setModified

    def close(self):
        pass
