# xml.etree.ElementTree over its C module: constructors, children, slices, searches, copies, builders,
# parsers and events, with the exceptions that wrong use raises. Addresses are cut from what is shown.
import copy
import io
import pickle
import re
import sys
import xml.etree.ElementTree as ET
from _elementtree import TreeBuilder

E = ET.Element


def shown(value):
    return re.sub(r" at 0x[0-9a-f]+", "", ascii(value))


def attempt(source, **names):
    try:
        result = shown(eval(source, {**globals(), **names}))
    except Exception as error:
        result = f"{type(error).__name__}: {shown(str(error))}"
    print(source, "->", result)


def parent(count):
    element = E("r")
    for number in range(count):
        ET.SubElement(element, f"c{number}")
    return element


def tags(elements):
    return [child.tag for child in elements]


def assigned(count, key, value):
    element = parent(count)
    element[key] = value
    return tags(element)


def deleted(count, key):
    element = parent(count)
    del element[key]
    return tags(element)


class Sub(E):
    pass


for line in """
E()
E('a', 1)
E('a', {}, {})
E('a', None)
E('a', attrib={'x': 1}, y=2).attrib
E('a', {'q': 1}, attrib={'x': 1}).attrib
E('a', attrib=1)
E(tag='a')
E('a', **{'tag': 'b'}).attrib
E.__new__(E, 1, 2, x=3).tag
Sub('a', 1)
Sub('a', x=1).attrib
Sub('x')
ET.SubElement()
ET.SubElement(1, 'a')
ET.SubElement(E('a'))
ET.SubElement(E('a'), 'b', 3)
ET.SubElement(E('a'), 'b', {}, {})
ET.SubElement(E('a'), 'b', {'z': 1}, attrib={'y': 2}, y=2).attrib
ET.SubElement(E('a'), tag='b')
E('a').append(1)
E('a').extend(1)
E('a').extend([1])
E('a').insert(0)
E('a').insert(0, 1)
E('a').insert(1.0, E('b'))
E('a').insert(10**30, E('b'))
E('a').remove(E('b'))
E('a').remove(1)
parent(3)[-1].tag
parent(3)[3]
parent(3)['x']
parent(3)[10**30]
parent(3)[1:'x']
parent(3)[::0]
E('a')[::0]
tags(parent(5)[::-1])
assigned(5, slice(1, 3), [E('x')])
assigned(5, slice(None, None, -2), [E('x'), E('y'), E('z')])
assigned(5, slice(None, None, 2), [E('x')])
assigned(5, slice(None, None, 2), [1])
assigned(5, slice(10, 30), [E('x'), E('y')])
assigned(5, slice(None), [E('x'), 1])
assigned(5, slice(None), parent(7))
assigned(5, slice(None), 1)
assigned(5, 2, 1)
assigned(5, 10, E('x'))
assigned(5, -1, E('x'))
deleted(5, slice(1, None, 3))
deleted(5, slice(None, None, -2))
deleted(5, slice(None, None, sys.maxsize))
deleted(5, slice(0, 10**40, 10**40))
deleted(5, slice(None, None, 0))
deleted(5, -6)
E('a').get()
E('a', x=1).get(key='x', default=5)
E('a', x=1).get([])
E('a').get([])
E('a').set([], 1)
E('a', x=1).items()
E('a').keys()
parent(2).find('c1').tag
parent(2).find('./c1').tag
parent(2).find('*').tag
parent(2).find('{*}c1').tag
parent(2).find('/c1')
parent(2).find('@c1')
parent(2).find(1)
parent(2).findtext('c0')
parent(2).findtext('c7', 7)
tags(parent(2).findall('c0'))
parent(2).findall('c0', 1)
tags(parent(2).iter('*'))
tags(parent(2).iter(b'*'))
tags(parent(2).iter('c1'))
E('a').iter('b', 1)
type(E('a').iter())()
E('a').makeelement('b', None)
Sub('a').makeelement('b', {})
E('a', x=1).__getstate__()
E('a').__setstate__(1)
E('a').__setstate__({})
E('a').__setstate__({'tag': 'x', 'foo': 1})
E('a').__setstate__({1: 2})
E('a').__setstate__({'tag': 'x', '_children': ()})
E('a').__setstate__({'tag': 'x', '_children': [1]})
E('a').__deepcopy__(None)
setattr(E('a'), 'attrib', 1)
delattr(E('a'), 'tag')
setattr(E('a'), 'foo', 1)
[sys.getsizeof(x) for x in (E('a'), E('a', x=1), parent(1), parent(5), parent(50))]
ET._set_factories(1, 2)
TreeBuilder(1, 2)
TreeBuilder(foo=1)
TreeBuilder().close()
TreeBuilder().end('a')
TreeBuilder().start('a', 1)
TreeBuilder().pi('a', 5)
TreeBuilder().pi('a', 'b').text
TreeBuilder.__new__(TreeBuilder).comment('a')
TreeBuilder(element_factory=lambda *a: a).start('a', {})
ET.XMLParser(1)
ET.XMLParser(encoding=1)
ET.XMLParser(encoding='foo').feed(b'<a/>')
ET.XMLParser().feed(1)
ET.XMLParser().feed('<a></b>')
ET.XMLParser().close()
ET.XMLParser()._setevents(1)
ET.XMLParser()._setevents([], 2)
ET.XMLParser()._setevents([], ['x'])
ET.XMLParser()._setevents([], [1])
ET.XMLParser(target=[])._setevents([], ['start'])
ET.XMLParser.__new__(ET.XMLParser).feed('a')
ET.XML('<a>&foo;</a>')
ET.XML('<!DOCTYPE x SYSTEM "y"><a>&foo;</a>')
ET.XML(b'<?xml version="1.0" encoding="foo"?><a/>')
ET.XML(b'<?xml version="1.0" encoding="utf-7"?><a/>')
ET.XML(b'<?xml version="1.0" encoding="cp1252"?><a>\\x80</a>').text
ET.XML('<?xml version="1.0" encoding="iso-8859-1"?><a>\\u20ac</a>').text
ET.XML('<a xmlns="u" xmlns:b="v"><b:c b:d="1" e="2"/></a>')[0].attrib
ET.XML('<a>x<!--c-->y<?pi z?>&lt;w<![CDATA[&]]></a>').text
""".strip().splitlines():
    attempt(line)

# Constructing again keeps children unless attributes come.
element = parent(3)
element.text = "a"
element.__init__("q")
print(len(element), element.text, element.attrib)
element.__init__("q", {"z": 1})
print(len(element), element.attrib)

# Copies share or do not share; a subclass becomes a plain element; pickles.
element = ET.XML('<a x="1">t<b/>u<c/></a>')
element.append(Sub("s"))
shallow, deep = copy.copy(element), copy.deepcopy(element)
print(shallow.attrib is element.attrib, deep.attrib is element.attrib, shallow[0] is element[0], deep[0] is element[0])
print(type(deep[2]), ET.tostring(pickle.loads(pickle.dumps(ET.XML("<a x='1'>t<b/>u</a>")))))
twice = E("x")
twice.extend([element, element])
deep = copy.deepcopy(twice)
print(deep[0] is deep[1])
memo = {}
print(element.__deepcopy__(memo) is memo[id(element)])

# A walk sees what was added or removed meanwhile.
element = ET.XML("<a><b><c/></b><d/></a>")
walk = element.iter()
print(next(walk).tag, next(walk).tag)
del element[0]
print(tags(walk))
element = ET.XML("<a>1<b>2<c/>3</b>4<!--x-->5</a>")
element.append(ET.Comment("z"))
element[-1].tail = "T"
print(list(element.itertext()))
element.text = []
print(list(element.itertext()))

# Builders of other elements; text before the root and after it.
builder = TreeBuilder(insert_comments=True, insert_pis=True)
parser = ET.XMLParser(target=builder)
parser.feed("<!--before--><a>1<!--c-->2<?p q?>3<b/>4<!--d-->5</a><!--after-->")
print(ET.tostring(parser.close()))
builder = TreeBuilder(comment_factory=lambda *a: ("C", a), pi_factory=lambda *a: ("P", a))
print(builder.comment("x"), builder.pi("x"), builder.pi("x", "y"))
builder = TreeBuilder()
builder.data("early")
root = builder.start("a", {})
builder.data(5)
builder.end("zzz")
builder.data("late")
print(root.text, builder.close().tail)
attempt("builder.start('b', {})", builder=builder)


class Node:
    text, tail = None, "tt"

    def __init__(self, *args):
        self.args, self.children = args, []

    def append(self, child):
        self.children.append(child)


builder = TreeBuilder(Node)
root = builder.start("a", {})
builder.data("x")
builder.data("y")
builder.start("b", {"q": 1})
builder.end("b")
builder.data("w")
builder.end("a")
print(root.text, root.children[0].args, root.children[0].tail)


# Other targets, entities, and positions of errors.
class Target:
    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *args: print(name, args)


document = """<?xml version="1.0"?><!DOCTYPE a PUBLIC "p" "s"><!--x--><a xmlns="u" xmlns:v="w" v:b="1">te\u20acxt&amp;more\
<![CDATA[cd]]><?pi?><?pi2 x?><b/>\n</a>"""
parser = ET.XMLParser(target=Target())
parser.feed(document)
parser.close()
attempt("parser.close()", parser=parser)
parser = ET.XMLParser()
parser.entity["foo"] = "bar"
parser.feed('<!DOCTYPE a SYSTEM "x"><a>&foo;</a>')
print(parser.close().text)
for broken in "<a>\n <b></c></a>", '<!DOCTYPE x SYSTEM "y"><a>\n&foo;</a>':
    try:
        ET.XML(broken)
    except ET.ParseError as error:
        print(error, error.code, error.position, type(error).__mro__[1])


class Failing:
    def data(self, text):
        1 / 0


parser = ET.XMLParser(target=Failing())
attempt("parser.feed('<a>x</a>')", parser=parser)
attempt("parser.close()", parser=parser)

# Files and events.
attempt("ET.XMLParser()._parse_whole(io.StringIO('<a>\\u20ac</a>')).text")
attempt("ET.XMLParser(encoding='utf-16')._parse_whole(io.BytesIO('<a>\\xe9</a>'.encode('utf-16'))).text")
attempt("ET.XMLParser()._parse_whole(1)")
queue = []
parser = ET.XMLParser()
parser._setevents(queue, ["start", b"end", "start-ns", "end-ns", "comment", "pi"])
parser.feed('<!--out--><?p q?><a xmlns="u" xmlns:x="y"><!--c--><?pi d?><?pi2?>t</a>')
print(shown(queue))
pull = ET.XMLPullParser(["start", "comment"])
pull.feed("<a>x<!--c-->y")
events = list(pull.read_events())
print(events[0][1].text)
pull.feed("<b/>")
print(events[0][1].text)
deep = ET.fromstring("<a>" * 50000 + "</a>" * 50000)
print(sum(1 for _ in deep.iter()))
