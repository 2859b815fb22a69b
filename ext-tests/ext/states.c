/* SPDX-License-Identifier: MIT */
/* Multi-phase initialisation: per-module state, a heap type that reaches it, an exception. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

typedef struct {
    PyObject *error;
    PyTypeObject *counter_type;
    long made;
} State;

typedef struct {
    PyObject_HEAD
    long value;
} Counter;

static int
counter_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    State *state = PyType_GetModuleState(Py_TYPE(self));
    if (state != NULL)
        state->made++;
    PyErr_Clear();
    return PyArg_ParseTuple(args, "|l:Counter", &((Counter *)self)->value) ? 0 : -1;
}

static void
counter_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *
counter_step(PyObject *self, PyTypeObject *defining, PyObject *const *args, Py_ssize_t nargs,
             PyObject *names)
{
    State *state = PyType_GetModuleState(defining);
    if (state == NULL)
        return NULL;
    Counter *counter = (Counter *)self;
    if (counter->value >= 3) {
        PyErr_Format(state->error, "at %ld", counter->value);
        return NULL;
    }
    return PyLong_FromLong(++counter->value);
}

static PyObject *
counter_next(PyObject *self)
{
    Counter *counter = (Counter *)self;
    return counter->value >= 3 ? NULL : PyLong_FromLong(++counter->value);
}

static PyMethodDef counter_methods[] = {
    {"step", (PyCFunction)(void (*)(void))counter_step,
     METH_METHOD | METH_FASTCALL | METH_KEYWORDS, "One further."},
    {NULL},
};
static PyType_Slot counter_slots[] = {
    {Py_tp_init, counter_init}, {Py_tp_dealloc, counter_dealloc}, {Py_tp_methods, counter_methods},
    {Py_tp_iter, PyObject_SelfIter}, {Py_tp_iternext, counter_next}, {0, NULL},
};
static PyType_Spec counter_spec = {"states.Counter", sizeof(Counter), 0,
                                   Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, counter_slots};

static PyObject *
states_made(PyObject *module, PyObject *unused)
{
    return PyLong_FromLong(((State *)PyModule_GetState(module))->made);
}

static PyMethodDef functions[] = {{"made", states_made, METH_NOARGS, "How many."}, {NULL}};

static int
states_exec(PyObject *module)
{
    State *state = PyModule_GetState(module);
    state->error = PyErr_NewException("states.Full", PyExc_RuntimeError, NULL);
    state->counter_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &counter_spec, NULL);
    if (state->error == NULL || state->counter_type == NULL)
        return -1;
    if (PyModule_AddObjectRef(module, "Full", state->error) < 0)
        return -1;
    return PyModule_AddType(module, state->counter_type);
}

static int
states_traverse(PyObject *module, visitproc visit, void *arg)
{
    State *state = PyModule_GetState(module);
    Py_VISIT(state->error);
    Py_VISIT(state->counter_type);
    return 0;
}

static int
states_clear(PyObject *module)
{
    State *state = PyModule_GetState(module);
    Py_CLEAR(state->error);
    Py_CLEAR(state->counter_type);
    return 0;
}

static void
states_free(void *module)
{
    states_clear(module);
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, states_exec}, {0, NULL}};
static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, .m_name = "states", .m_doc = "State of its own.",
        .m_size = sizeof(State),
    .m_methods = functions, .m_slots = slots, .m_traverse = states_traverse,
        .m_clear = states_clear,
    .m_free = states_free,
};

PyMODINIT_FUNC
PyInit_states(void)
{
    return PyModuleDef_Init(&module);
}
