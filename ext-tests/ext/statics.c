/* SPDX-License-Identifier: MIT */
/* Static types: one of its own, and one that extends list with a field behind list's struct. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

typedef struct {
    PyObject_HEAD
    double x, y;
    PyObject *tag;
} Point;

static PyObject *
point_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"x", "y", "tag", NULL};
    double x = 0, y = 0;
    PyObject *tag = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|dd$O:Point", names, &x, &y, &tag))
        return NULL;
    Point *self = (Point *)type->tp_alloc(type, 0);
    if (self != NULL) {
        self->x = x;
        self->y = y;
        Py_INCREF(tag);
        self->tag = tag;
    }
    return (PyObject *)self;
}

static void
point_dealloc(Point *self)
{
    Py_XDECREF(self->tag);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyObject *
point_repr(Point *self)
{
    PyObject *x = PyFloat_FromDouble(self->x), *y = PyFloat_FromDouble(self->y), *text = NULL;
    if (x != NULL && y != NULL)
        text = PyUnicode_FromFormat("Point(%R, %R)", x, y);
    Py_XDECREF(x);
    Py_XDECREF(y);
    return text;
}

static PyTypeObject Point_Type;

static PyObject *
point_add(PyObject *left, PyObject *right)
{
    if (!PyObject_TypeCheck(left, &Point_Type) || !PyObject_TypeCheck(right, &Point_Type))
        Py_RETURN_NOTIMPLEMENTED;
    Point *one = (Point *)left, *two = (Point *)right;
    return PyObject_CallFunction((PyObject *)&Point_Type, "dd", one->x + two->x, one->y + two->y);
}

static PyObject *
point_compare(PyObject *left, PyObject *right, int operator)
{
    if (!PyObject_TypeCheck(left, &Point_Type) || !PyObject_TypeCheck(right, &Point_Type))
        Py_RETURN_NOTIMPLEMENTED;
    Point *one = (Point *)left, *two = (Point *)right;
    Py_RETURN_RICHCOMPARE(one->x * one->x + one->y * one->y, two->x * two->x + two->y * two->y,
                          operator);
}

static Py_hash_t
point_hash(Point *self)
{
    return (Py_hash_t)(self->x * 31 + self->y) | 1;
}

static PyMemberDef point_members[] = {
    {"x", T_DOUBLE, offsetof(Point, x), 0, "Abscissa."},
    {"y", T_DOUBLE, offsetof(Point, y), 0, "Ordinate."},
    {"tag", T_OBJECT, offsetof(Point, tag), READONLY, NULL},
    {NULL},
};
static PyNumberMethods point_number = {.nb_add = point_add};
static PyTypeObject Point_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "statics.Point",
    .tp_basicsize = sizeof(Point),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc = "Point(x=0, y=0, *, tag=None)\n--\n\nA point.",
    .tp_new = point_new,
    .tp_dealloc = (destructor)point_dealloc,
    .tp_repr = (reprfunc)point_repr,
    .tp_as_number = &point_number,
    .tp_richcompare = point_compare,
    .tp_hash = (hashfunc)point_hash,
    .tp_members = point_members,
};

typedef struct {
    PyListObject base;
    Py_ssize_t pushes;
} Stack;

static PyObject *
stack_push(Stack *self, PyObject *item)
{
    if (PyList_Append((PyObject *)self, item) < 0)
        return NULL;
    return PyLong_FromSsize_t(++self->pushes);
}

static PyMethodDef stack_methods[] = {{"push", (PyCFunction)stack_push, METH_O,
                                       "Append and count."}, {NULL}};
static PyMemberDef stack_members[] = {
    {"pushes", T_PYSSIZET, offsetof(Stack, pushes), READONLY, NULL}, {NULL},
};
static PyTypeObject Stack_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "statics.Stack",
    .tp_basicsize = sizeof(Stack),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_methods = stack_methods,
    .tp_members = stack_members,
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "statics", .m_size = -1};

PyMODINIT_FUNC
PyInit_statics(void)
{
    Stack_Type.tp_base = &PyList_Type;
    if (PyType_Ready(&Point_Type) < 0 || PyType_Ready(&Stack_Type) < 0)
        return NULL;
    PyObject *made = PyModule_Create(&module);
    if (made == NULL)
        return NULL;
    if (PyModule_AddType(made, &Point_Type) < 0 || PyModule_AddType(made, &Stack_Type) < 0) {
        Py_DECREF(made);
        return NULL;
    }
    return made;
}
