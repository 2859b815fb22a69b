/* SPDX-License-Identifier: MIT */
/* A container for the collector: nodes with edges, a dict of their own and weak references. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

typedef struct {
    PyObject_HEAD
    PyObject *edges, *dict, *weak;
} Node;

static long live;

static PyObject *
node_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    Node *self = (Node *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    live++;
    self->edges = PyList_New(0);
    if (self->edges == NULL)
        Py_CLEAR(self);
    return (PyObject *)self;
}

static int
node_traverse(Node *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->edges);
    Py_VISIT(self->dict);
    return 0;
}

static int
node_clear(Node *self)
{
    Py_CLEAR(self->edges);
    Py_CLEAR(self->dict);
    return 0;
}

static void
node_dealloc(Node *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_TRASHCAN_BEGIN(self, node_dealloc)
    if (self->weak != NULL)
        PyObject_ClearWeakRefs((PyObject *)self);
    node_clear(self);
    live--;
    type->tp_free((PyObject *)self);
    Py_DECREF(type);
    Py_TRASHCAN_END
}

static PyObject *
node_link(Node *self, PyObject *other)
{
    if (PyList_Append(self->edges, other) < 0)
        return NULL;
    Py_INCREF(self);
    return (PyObject *)self;
}

static PyMethodDef node_methods[] = {{"link", (PyCFunction)node_link, METH_O, NULL}, {NULL}};
static PyMemberDef node_members[] = {
    {"edges", T_OBJECT, offsetof(Node, edges), READONLY, NULL},
    {"__dictoffset__", T_PYSSIZET, offsetof(Node, dict), READONLY, NULL},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(Node, weak), READONLY, NULL},
    {NULL},
};
static PyGetSetDef node_getset[] = {{"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict,
                                     NULL, NULL}, {NULL}};
static PyType_Slot node_slots[] = {
    {Py_tp_new, node_new}, {Py_tp_dealloc, node_dealloc}, {Py_tp_traverse, node_traverse},
    {Py_tp_clear, node_clear}, {Py_tp_methods, node_methods}, {Py_tp_members, node_members},
    {Py_tp_getset, node_getset}, {0, NULL},
};
static PyType_Spec node_spec = {"graph.Node", sizeof(Node), 0,
                                Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
                                    node_slots};

static PyObject *
graph_live(PyObject *module, PyObject *unused)
{
    return PyLong_FromLong(live);
}

static PyMethodDef functions[] = {{"live", graph_live, METH_NOARGS, NULL}, {NULL}};

static int
graph_exec(PyObject *module)
{
    PyObject *type = PyType_FromModuleAndSpec(module, &node_spec, NULL);
    int done = type == NULL ? -1 : PyModule_AddObjectRef(module, "Node", type);
    Py_XDECREF(type);
    return done;
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, graph_exec}, {0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "graph",
                                    .m_methods = functions, .m_slots = slots};

PyMODINIT_FUNC
PyInit_graph(void)
{
    return PyModuleDef_Init(&module);
}
