/* SPDX-License-Identifier: MIT */
/* What crossing between Python and C costs: functions, methods and slots that do next to nothing.
 *
 * Each calling convention is there as a function of the module and as a method of Point, whose
 * other slots give attribute access, arithmetic, indexing, iteration and a vectorcall. The
 * functions call_* go the other way and call a Python object `count` times. Arguments are not
 * looked at more than a real function of the kind would. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
    PyObject *label;
    double x, y;
    Py_ssize_t length;
} Point;

typedef struct {
    PyObject_HEAD
    Py_ssize_t left;
} Countdown;

static PyTypeObject Point_Type, Countdown_Type;

/* One function a calling convention: `self` is the module or a Point. */

static PyObject *
noargs(PyObject *self, PyObject *unused)
{
    Py_RETURN_NONE;
}

static PyObject *
one(PyObject *self, PyObject *argument)
{
    return Py_NewRef(argument);
}

static PyObject *
fast(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    return Py_NewRef(nargs > 0 ? args[nargs - 1] : Py_None);
}

static PyObject *
fast_keywords(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *names)
{
    Py_ssize_t count = nargs + (names == NULL ? 0 : PyTuple_GET_SIZE(names));
    return Py_NewRef(count > 0 ? args[count - 1] : Py_None);
}

static PyObject *
varargs(PyObject *self, PyObject *args)
{
    PyObject *a = Py_None, *b = Py_None, *c = Py_None;
    if (!PyArg_ParseTuple(args, "|OOO:varargs", &a, &b, &c))
        return NULL;
    return Py_NewRef(c);
}

static PyObject *
varargs_typed(PyObject *self, PyObject *args)
{
    long number;
    double real;
    const char *text;
    Py_ssize_t length;
    if (!PyArg_ParseTuple(args, "lds#:varargs_typed", &number, &real, &text, &length))
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
keywords(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"a", "b", "c", NULL};
    PyObject *a = Py_None, *b = Py_None, *c = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|OOO:keywords", names, &a, &b, &c))
        return NULL;
    return Py_NewRef(c);
}

static PyObject *
build(PyObject *self, PyObject *unused)
{
    return Py_BuildValue("(isd)", 7, "seven", 7.0);
}

/* The other way: call something `count` times, drop the results. */

typedef PyObject *(*call_once)(PyObject *callee, PyObject *argument);

static PyObject *
call_many(PyObject *const *args, Py_ssize_t nargs, call_once call)
{
    if (nargs != 2) {
        PyErr_SetString(PyExc_TypeError, "a callable and a count are needed");
        return NULL;
    }
    long count = PyLong_AsLong(args[1]);
    if (count == -1 && PyErr_Occurred())
        return NULL;
    while (count-- > 0) {
        PyObject *result = call(args[0], args[1]);
        if (result == NULL)
            return NULL;
        Py_DECREF(result);
    }
    Py_RETURN_NONE;
}

static PyObject *
once_noargs(PyObject *callee, PyObject *argument)
{
    return PyObject_CallNoArgs(callee);
}

static PyObject *
once_one(PyObject *callee, PyObject *argument)
{
    return PyObject_CallOneArg(callee, argument);
}

static PyObject *
once_vector(PyObject *callee, PyObject *argument)
{
    PyObject *stack[] = {NULL, argument, argument, argument};
    return PyObject_Vectorcall(callee, stack + 1, 3 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
}

static PyObject *
once_format(PyObject *callee, PyObject *argument)
{
    return PyObject_CallFunction(callee, "Oid", argument, 5, 2.5);
}

static PyObject *
once_objects(PyObject *callee, PyObject *argument)
{
    return PyObject_CallFunctionObjArgs(callee, argument, argument, argument, NULL);
}

static PyObject *
once_tuple(PyObject *callee, PyObject *argument)
{
    PyObject *args = PyTuple_Pack(3, argument, argument, argument);
    PyObject *result = args == NULL ? NULL : PyObject_CallObject(callee, args);
    Py_XDECREF(args);
    return result;
}

static PyObject *
once_method(PyObject *callee, PyObject *argument)
{
    return PyObject_CallMethod(callee, "take", "O", argument);
}

#define CALL_MANY(what)                                                        \
    static PyObject *call_##what(PyObject *self, PyObject *const *args, Py_ssize_t nargs) \
    {                                                                          \
        return call_many(args, nargs, once_##what);                            \
    }
CALL_MANY(noargs)
CALL_MANY(one)
CALL_MANY(vector)
CALL_MANY(format)
CALL_MANY(objects)
CALL_MANY(tuple)
CALL_MANY(method)

/* Point: members, properties, numbers, items, a call. */

static PyObject *
point_called(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *names)
{
    return Py_NewRef(self);
}

static Point *
point_make(PyTypeObject *type, double x, double y)
{
    Point *self = (Point *)type->tp_alloc(type, 0);
    if (self != NULL) {
        self->call = point_called;
        self->x = x;
        self->y = y;
        self->length = 3;
        self->label = Py_NewRef(Py_None);
    }
    return self;
}

static PyObject *
point_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"x", "y", NULL};
    double x = 0, y = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|dd:Point", names, &x, &y))
        return NULL;
    return (PyObject *)point_make(type, x, y);
}

static void
point_dealloc(PyObject *self)
{
    Py_XDECREF(((Point *)self)->label);
    Py_TYPE(self)->tp_free(self);
}

static PyObject *
point_add(PyObject *left, PyObject *right)
{
    if (!PyObject_TypeCheck(left, &Point_Type) || !PyObject_TypeCheck(right, &Point_Type))
        Py_RETURN_NOTIMPLEMENTED;
    Point *a = (Point *)left, *b = (Point *)right;
    return (PyObject *)point_make(&Point_Type, a->x + b->x, a->y + b->y);
}

static PyObject *
point_negative(PyObject *self)
{
    return Py_NewRef(self);
}

static int
point_bool(PyObject *self)
{
    return ((Point *)self)->x != 0;
}

static PyObject *
point_compare(PyObject *left, PyObject *right, int operation)
{
    if (!PyObject_TypeCheck(right, &Point_Type))
        Py_RETURN_NOTIMPLEMENTED;
    double a = ((Point *)left)->x, b = ((Point *)right)->x;
    Py_RETURN_RICHCOMPARE(a, b, operation);
}

static Py_hash_t
point_hash(PyObject *self)
{
    return (Py_hash_t)((Point *)self)->x;
}

static Py_ssize_t
point_length(PyObject *self)
{
    return ((Point *)self)->length;
}

static PyObject *
point_item(PyObject *self, Py_ssize_t index)
{
    if (index < 0 || index >= ((Point *)self)->length) {
        PyErr_SetString(PyExc_IndexError, "no such coordinate");
        return NULL;
    }
    return Py_NewRef(((Point *)self)->label);
}

static int
point_contains(PyObject *self, PyObject *value)
{
    return value == ((Point *)self)->label;
}

static PyObject *
point_iter(PyObject *self)
{
    Countdown *countdown = PyObject_New(Countdown, &Countdown_Type);
    if (countdown != NULL)
        countdown->left = 1000;
    return (PyObject *)countdown;
}

static PyObject *
point_get_both(PyObject *self, void *closure)
{
    return Py_NewRef(((Point *)self)->label);
}

static int
point_set_both(PyObject *self, PyObject *value, void *closure)
{
    return 0;
}

static PyMemberDef point_members[] = {
    {"x", T_DOUBLE, offsetof(Point, x), 0, NULL},
    {"label", T_OBJECT_EX, offsetof(Point, label), 0, NULL},
    {"length", T_PYSSIZET, offsetof(Point, length), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef point_properties[] = {
    {"both", point_get_both, point_set_both, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

#define FUNCTION(name, flags) {#name, (PyCFunction)(void (*)(void))name, flags, NULL}
#define CONVENTIONS                                                            \
    FUNCTION(noargs, METH_NOARGS), FUNCTION(one, METH_O), FUNCTION(fast, METH_FASTCALL), \
        FUNCTION(fast_keywords, METH_FASTCALL | METH_KEYWORDS),                \
        FUNCTION(varargs, METH_VARARGS), FUNCTION(varargs_typed, METH_VARARGS), \
        FUNCTION(keywords, METH_VARARGS | METH_KEYWORDS), FUNCTION(build, METH_NOARGS)

static PyMethodDef point_methods[] = {CONVENTIONS, {NULL, NULL, 0, NULL}};

static PyNumberMethods point_number = {
    .nb_add = point_add,
    .nb_negative = point_negative,
    .nb_bool = point_bool,
};

static PySequenceMethods point_sequence = {
    .sq_length = point_length,
    .sq_item = point_item,
    .sq_contains = point_contains,
};

static PyTypeObject Point_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "crossing.Point",
    .tp_basicsize = sizeof(Point),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_new = point_new,
    .tp_dealloc = point_dealloc,
    .tp_vectorcall_offset = offsetof(Point, call),
    .tp_call = PyVectorcall_Call,
    .tp_as_number = &point_number,
    .tp_as_sequence = &point_sequence,
    .tp_richcompare = point_compare,
    .tp_hash = point_hash,
    .tp_iter = point_iter,
    .tp_members = point_members,
    .tp_getset = point_properties,
    .tp_methods = point_methods,
};

static PyObject *
countdown_next(PyObject *self)
{
    return ((Countdown *)self)->left-- > 0 ? Py_NewRef(Py_None) : NULL;
}

static PyTypeObject Countdown_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "crossing.Countdown",
    .tp_basicsize = sizeof(Countdown),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = countdown_next,
};

static PyMethodDef functions[] = {
    CONVENTIONS,
    FUNCTION(call_noargs, METH_FASTCALL),
    FUNCTION(call_one, METH_FASTCALL),
    FUNCTION(call_vector, METH_FASTCALL),
    FUNCTION(call_format, METH_FASTCALL),
    FUNCTION(call_objects, METH_FASTCALL),
    FUNCTION(call_tuple, METH_FASTCALL),
    FUNCTION(call_method, METH_FASTCALL),
    {NULL, NULL, 0, NULL},
};

static int
crossing_exec(PyObject *module)
{
    return PyType_Ready(&Countdown_Type) < 0 ? -1 : PyModule_AddType(module, &Point_Type);
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, crossing_exec}, {0, NULL}};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "crossing",
    .m_methods = functions,
    .m_slots = slots,
};

PyMODINIT_FUNC
PyInit_crossing(void)
{
    return PyModuleDef_Init(&definition);
}
