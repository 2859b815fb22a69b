/* SPDX-License-Identifier: MIT */
/* Python functions.
 *
 * func_version names the state that a specialised call relies on: code, defaults and keyword
 * defaults. It is 0 until somebody asks and again after any of these change; numbers are never
 * reused. func_annotations may be a flat tuple of names and values until it is looked at. */
#include "Python.h"
#include "structmember.h"

#include "pycore_ceval.h"
#include "pycore_function.h"
#include "pycore_moduleobject.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"
#include "pycore_pystate.h"

#include "ks_args.h"

/* ---- lifecycle ---- */

PyFunctionObject *
_PyFunction_FromConstructor(PyFrameConstructor *constr)
{
    PyFunctionObject *func = PyObject_GC_New(PyFunctionObject, &PyFunction_Type);
    if (func == NULL)
        return NULL;
    func->func_globals = Py_NewRef(constr->fc_globals);
    func->func_builtins = Py_NewRef(constr->fc_builtins);
    func->func_name = Py_NewRef(constr->fc_name);
    func->func_qualname = Py_NewRef(constr->fc_qualname);
    func->func_code = Py_NewRef(constr->fc_code);
    func->func_defaults = Py_XNewRef(constr->fc_defaults);
    func->func_kwdefaults = Py_XNewRef(constr->fc_kwdefaults);
    func->func_closure = Py_XNewRef(constr->fc_closure);
    func->func_doc = Py_NewRef(Py_None);
    func->func_dict = NULL;
    func->func_weakreflist = NULL;
    func->func_module = NULL;
    func->func_annotations = NULL;
    func->vectorcall = _PyFunction_Vectorcall;
    func->func_version = 0;
    _PyObject_GC_TRACK(func);
    return func;
}

PyObject *
PyFunction_NewWithQualName(PyObject *code, PyObject *globals, PyObject *qualname)
{
    PyThreadState *tstate = _PyThreadState_GET();
    PyCodeObject *co = (PyCodeObject *)code;
    PyObject *doc = PyTuple_GET_SIZE(co->co_consts) > 0 ? PyTuple_GET_ITEM(co->co_consts, 0) : NULL;
    if (doc == NULL || !PyUnicode_Check(doc))
        doc = Py_None;
    PyObject *module = PyDict_GetItemWithError(globals, &_Py_ID(__name__));
    if (module == NULL && _PyErr_Occurred(tstate))
        return NULL;
    KS_OWNED PyObject *kept_module = Py_XNewRef(module);
    PyObject *builtins = _PyEval_BuiltinsFromGlobals(tstate, globals);
    if (builtins == NULL)
        return NULL;
    PyFrameConstructor parts = {
        .fc_globals = globals,
        .fc_builtins = builtins,
        .fc_name = co->co_name,
        .fc_qualname = qualname != NULL ? qualname : co->co_qualname,
        .fc_code = code,
    };
    PyFunctionObject *func = _PyFunction_FromConstructor(&parts);
    if (func == NULL)
        return NULL;
    Py_SETREF(func->func_doc, Py_NewRef(doc));
    func->func_module = ks_give(&kept_module);
    return (PyObject *)func;
}

PyObject *
PyFunction_New(PyObject *code, PyObject *globals)
{
    return PyFunction_NewWithQualName(code, globals, NULL);
}

static int
function_traverse(PyFunctionObject *f, visitproc visit, void *arg)
{
    Py_VISIT(f->func_code);
    Py_VISIT(f->func_globals);
    Py_VISIT(f->func_builtins);
    Py_VISIT(f->func_module);
    Py_VISIT(f->func_defaults);
    Py_VISIT(f->func_kwdefaults);
    Py_VISIT(f->func_doc);
    Py_VISIT(f->func_name);
    Py_VISIT(f->func_dict);
    Py_VISIT(f->func_closure);
    Py_VISIT(f->func_annotations);
    Py_VISIT(f->func_qualname);
    return 0;
}

/* Code and names may never be NULL: a cycle through a str subclass is broken by another name. */
static int
function_clear(PyFunctionObject *f)
{
    f->func_version = 0;
    Py_CLEAR(f->func_globals);
    Py_CLEAR(f->func_builtins);
    Py_CLEAR(f->func_module);
    Py_CLEAR(f->func_defaults);
    Py_CLEAR(f->func_kwdefaults);
    Py_CLEAR(f->func_doc);
    Py_CLEAR(f->func_dict);
    Py_CLEAR(f->func_closure);
    Py_CLEAR(f->func_annotations);
    Py_SETREF(f->func_name, Py_NewRef(&_Py_STR(empty)));
    Py_SETREF(f->func_qualname, Py_NewRef(&_Py_STR(empty)));
    return 0;
}

static void
function_dealloc(PyFunctionObject *f)
{
    _PyObject_GC_UNTRACK(f);
    if (f->func_weakreflist != NULL)
        PyObject_ClearWeakRefs((PyObject *)f);
    (void)function_clear(f);
    Py_DECREF(f->func_code);
    Py_DECREF(f->func_name);
    Py_DECREF(f->func_qualname);
    PyObject_GC_Del(f);
}

typedef struct FunctionArgs {
    PyObject *code, *globals, *name, *argdefs, *closure;
} FunctionArgs;

static const KsParam function_params[] = {
    PARAM(FunctionArgs, code, ARG_OBJECT, 1),    PARAM(FunctionArgs, globals, ARG_OBJECT, 1),
    PARAM(FunctionArgs, name, ARG_OBJECT, 0),    PARAM(FunctionArgs, argdefs, ARG_OBJECT, 0),
    PARAM(FunctionArgs, closure, ARG_OBJECT, 0), PARAM_END,
};

static int
function_check_closure(PyCodeObject *code, PyObject *closure)
{
    Py_ssize_t wanted = code->co_nfreevars;
    if (!PyTuple_Check(closure)) {
        if (wanted != 0 && closure == Py_None) {
            PyErr_SetString(PyExc_TypeError, "arg 5 (closure) must be tuple");
            return -1;
        }
        if (closure != Py_None) {
            PyErr_SetString(PyExc_TypeError, "arg 5 (closure) must be None or tuple");
            return -1;
        }
    }
    Py_ssize_t given = closure == Py_None ? 0 : PyTuple_GET_SIZE(closure);
    if (given != wanted) {
        PyErr_Format(PyExc_ValueError, "%U requires closure of length %zd, not %zd", code->co_name,
                     wanted, given);
        return -1;
    }
    for (Py_ssize_t i = 0; i < given; i++) {
        PyObject *item = PyTuple_GET_ITEM(closure, i);
        if (!PyCell_Check(item)) {
            PyErr_Format(PyExc_TypeError, "arg 5 (closure) expected cell, found %s",
                         Py_TYPE(item)->tp_name);
            return -1;
        }
    }
    return 0;
}

static int
function_check_type(const char *name, PyObject *value, PyTypeObject *type, int exact)
{
    if (exact ? Py_IS_TYPE(value, type) : PyObject_TypeCheck(value, type))
        return 0;
    PyErr_Format(PyExc_TypeError, "function() argument '%s' must be %.50s, not %.50s", name,
                 type->tp_name, value == Py_None ? "None" : Py_TYPE(value)->tp_name);
    return -1;
}

static PyObject *
function_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    FunctionArgs given = {NULL, NULL, Py_None, Py_None, Py_None};
    if (!ks_args_parse_tuple("function", function_params, args, kwargs, &given) ||
        function_check_type("code", given.code, &PyCode_Type, 1) < 0 ||
        function_check_type("globals", given.globals, &PyDict_Type, 0) < 0)
        return NULL;
    if (given.name != Py_None && !PyUnicode_Check(given.name)) {
        PyErr_SetString(PyExc_TypeError, "arg 3 (name) must be None or string");
        return NULL;
    }
    if (given.argdefs != Py_None && !PyTuple_Check(given.argdefs)) {
        PyErr_SetString(PyExc_TypeError, "arg 4 (defaults) must be None or tuple");
        return NULL;
    }
    if (function_check_closure((PyCodeObject *)given.code, given.closure) < 0)
        return NULL;
    if (PySys_Audit("function.__new__", "O", given.code) < 0)
        return NULL;
    PyFunctionObject *func = (PyFunctionObject *)PyFunction_New(given.code, given.globals);
    if (func == NULL)
        return NULL;
    if (given.name != Py_None)
        Py_SETREF(func->func_name, Py_NewRef(given.name));
    if (given.argdefs != Py_None)
        func->func_defaults = Py_NewRef(given.argdefs);
    if (given.closure != Py_None)
        func->func_closure = Py_NewRef(given.closure);
    return (PyObject *)func;
}

static PyObject *
function_repr(PyFunctionObject *f)
{
    return PyUnicode_FromFormat("<function %U at %p>", f->func_qualname, f);
}

static PyObject *
function_descr_get(PyObject *func, PyObject *obj, PyObject *type)
{
    return obj == Py_None || obj == NULL ? Py_NewRef(func) : PyMethod_New(func, obj);
}

/* A number for the current state, or 0 if it cannot be named. */
uint32_t
_PyFunction_GetVersionForCurrentState(PyFunctionObject *func)
{
    static uint32_t next_version = 1;
    if (func->func_version != 0)
        return func->func_version;
    if (next_version == 0 || func->vectorcall != _PyFunction_Vectorcall)
        return 0;
    func->func_version = next_version++;
    return func->func_version;
}

/* ---- getters ---- */

/* The annotations as a dict, borrowed; NULL with an exception. None were given: an empty one. */
static PyObject *
function_annotations(PyFunctionObject *f)
{
    if (f->func_annotations == NULL)
        f->func_annotations = PyDict_New();
    else if (PyTuple_CheckExact(f->func_annotations)) {
        PyObject *flat = f->func_annotations;
        PyObject *dict = PyDict_New();
        if (dict == NULL)
            return NULL;
        for (Py_ssize_t i = 0; i + 1 < PyTuple_GET_SIZE(flat); i += 2) {
            if (PyDict_SetItem(dict, PyTuple_GET_ITEM(flat, i), PyTuple_GET_ITEM(flat, i + 1)) < 0) {
                Py_DECREF(dict);
                return NULL;
            }
        }
        Py_SETREF(f->func_annotations, dict);
    }
    return f->func_annotations;
}

static PyObject *
function_get_annotations(PyFunctionObject *f, void *closure)
{
    return Py_XNewRef(function_annotations(f));
}

static int
function_set_annotations(PyFunctionObject *f, PyObject *value, void *closure)
{
    if (value == Py_None)
        value = NULL;
    if (value != NULL && !PyDict_Check(value)) {
        PyErr_SetString(PyExc_TypeError, "__annotations__ must be set to a dict object");
        return -1;
    }
    f->func_version = 0;
    Py_XSETREF(f->func_annotations, Py_XNewRef(value));
    return 0;
}

static PyObject *
function_get_code(PyFunctionObject *f, void *closure)
{
    if (PySys_Audit("object.__getattr__", "Os", f, "__code__") < 0)
        return NULL;
    return Py_NewRef(f->func_code);
}

static int
function_set_code(PyFunctionObject *f, PyObject *value, void *closure)
{
    if (value == NULL || !PyCode_Check(value)) {
        PyErr_SetString(PyExc_TypeError, "__code__ must be set to a code object");
        return -1;
    }
    if (PySys_Audit("object.__setattr__", "OsO", f, "__code__", value) < 0)
        return -1;
    Py_ssize_t wanted = ((PyCodeObject *)value)->co_nfreevars;
    Py_ssize_t cells = f->func_closure == NULL ? 0 : PyTuple_GET_SIZE(f->func_closure);
    if (cells != wanted) {
        PyErr_Format(PyExc_ValueError, "%U() requires a code object with %zd free vars, not %zd",
                     f->func_name, cells, wanted);
        return -1;
    }
    f->func_version = 0;
    Py_XSETREF(f->func_code, Py_NewRef(value));
    return 0;
}

static PyObject *
function_get_name(PyFunctionObject *f, void *closure)
{
    return Py_NewRef(f->func_name);
}

static int
function_set_name(PyFunctionObject *f, PyObject *value, void *closure)
{
    if (value == NULL || !PyUnicode_Check(value)) {
        PyErr_SetString(PyExc_TypeError, "__name__ must be set to a string object");
        return -1;
    }
    Py_XSETREF(f->func_name, Py_NewRef(value));
    return 0;
}

static PyObject *
function_get_qualname(PyFunctionObject *f, void *closure)
{
    return Py_NewRef(f->func_qualname);
}

static int
function_set_qualname(PyFunctionObject *f, PyObject *value, void *closure)
{
    if (value == NULL || !PyUnicode_Check(value)) {
        PyErr_SetString(PyExc_TypeError, "__qualname__ must be set to a string object");
        return -1;
    }
    Py_XSETREF(f->func_qualname, Py_NewRef(value));
    return 0;
}

static PyObject *
function_get_defaults(PyFunctionObject *f, void *closure)
{
    if (PySys_Audit("object.__getattr__", "Os", f, "__defaults__") < 0)
        return NULL;
    return Py_NewRef(f->func_defaults == NULL ? Py_None : f->func_defaults);
}

static int
function_set_defaults(PyFunctionObject *f, PyObject *value, void *closure)
{
    if (value == Py_None)
        value = NULL;
    if (value != NULL && !PyTuple_Check(value)) {
        PyErr_SetString(PyExc_TypeError, "__defaults__ must be set to a tuple object");
        return -1;
    }
    if (value != NULL ? PySys_Audit("object.__setattr__", "OsO", f, "__defaults__", value) < 0
                      : PySys_Audit("object.__delattr__", "Os", f, "__defaults__") < 0)
        return -1;
    f->func_version = 0;
    Py_XSETREF(f->func_defaults, Py_XNewRef(value));
    return 0;
}

static PyObject *
function_get_kwdefaults(PyFunctionObject *f, void *closure)
{
    if (PySys_Audit("object.__getattr__", "Os", f, "__kwdefaults__") < 0)
        return NULL;
    return Py_NewRef(f->func_kwdefaults == NULL ? Py_None : f->func_kwdefaults);
}

static int
function_set_kwdefaults(PyFunctionObject *f, PyObject *value, void *closure)
{
    if (value == Py_None)
        value = NULL;
    if (value != NULL && !PyDict_Check(value)) {
        PyErr_SetString(PyExc_TypeError, "__kwdefaults__ must be set to a dict object");
        return -1;
    }
    if (value != NULL ? PySys_Audit("object.__setattr__", "OsO", f, "__kwdefaults__", value) < 0
                      : PySys_Audit("object.__delattr__", "Os", f, "__kwdefaults__") < 0)
        return -1;
    f->func_version = 0;
    Py_XSETREF(f->func_kwdefaults, Py_XNewRef(value));
    return 0;
}

static PyGetSetDef function_getters[] = {
    {"__code__", (getter)function_get_code, (setter)function_set_code, NULL, NULL},
    {"__defaults__", (getter)function_get_defaults, (setter)function_set_defaults, NULL, NULL},
    {"__kwdefaults__", (getter)function_get_kwdefaults, (setter)function_set_kwdefaults, NULL, NULL},
    {"__annotations__", (getter)function_get_annotations, (setter)function_set_annotations, NULL,
     NULL},
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL},
    {"__name__", (getter)function_get_name, (setter)function_set_name, NULL, NULL},
    {"__qualname__", (getter)function_get_qualname, (setter)function_set_qualname, NULL, NULL},
    {NULL},
};

#define AT(field) offsetof(PyFunctionObject, field)
static PyMemberDef function_members[] = {
    {"__closure__", T_OBJECT, AT(func_closure), READONLY},
    {"__doc__", T_OBJECT, AT(func_doc), 0},
    {"__globals__", T_OBJECT, AT(func_globals), READONLY},
    {"__module__", T_OBJECT, AT(func_module), 0},
    {"__builtins__", T_OBJECT, AT(func_builtins), READONLY},
    {NULL},
};

PyTypeObject PyFunction_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "function",
    .tp_doc = "function(code, globals, name=None, argdefs=None, closure=None)\n--\n\n"
              "A function that runs code with globals.\n\n"
              "name overrides the code's own, argdefs are default values, closure holds a cell\n"
              "for each free variable.",
    .tp_basicsize = sizeof(PyFunctionObject),
    .tp_dealloc = (destructor)function_dealloc,
    .tp_vectorcall_offset = offsetof(PyFunctionObject, vectorcall),
    .tp_repr = (reprfunc)function_repr,
    .tp_call = PyVectorcall_Call,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
                Py_TPFLAGS_METHOD_DESCRIPTOR,
    .tp_traverse = (traverseproc)function_traverse,
    .tp_clear = (inquiry)function_clear,
    .tp_weaklistoffset = offsetof(PyFunctionObject, func_weakreflist),
    .tp_members = function_members,
    .tp_getset = function_getters,
    .tp_descr_get = function_descr_get,
    .tp_dictoffset = offsetof(PyFunctionObject, func_dict),
    .tp_new = function_new,
};

/* ---- C-API: getters give borrowed references ---- */

static PyFunctionObject *
function_checked(PyObject *func)
{
    if (PyFunction_Check(func))
        return (PyFunctionObject *)func;
    PyErr_BadInternalCall();
    return NULL;
}

#define GETTER(name, field)                          \
    PyObject *PyFunction_Get##name(PyObject *func)   \
    {                                                \
        PyFunctionObject *f = function_checked(func); \
        return f == NULL ? NULL : f->field;          \
    }

GETTER(Code, func_code)
GETTER(Globals, func_globals)
GETTER(Module, func_module)
GETTER(Defaults, func_defaults)
GETTER(KwDefaults, func_kwdefaults)
GETTER(Closure, func_closure)

PyObject *
PyFunction_GetAnnotations(PyObject *func)
{
    PyFunctionObject *f = function_checked(func);
    return f == NULL ? NULL : function_annotations(f);
}

/* Stores value, or nothing for None; it must be of the type. */
static int
function_store(PyObject *func, PyObject *value, int fits, PyObject **place, const char *complaint)
{
    if (function_checked(func) == NULL)
        return -1;
    if (value != Py_None && !fits) {
        PyErr_Format(PyExc_SystemError, complaint, Py_TYPE(value)->tp_name);
        return -1;
    }
    ((PyFunctionObject *)func)->func_version = 0;
    Py_XSETREF(*place, value == Py_None ? NULL : Py_NewRef(value));
    return 0;
}

int
PyFunction_SetDefaults(PyObject *func, PyObject *defaults)
{
    if (defaults == NULL || (defaults != Py_None && !PyTuple_Check(defaults))) {
        PyErr_SetString(PyExc_SystemError, "non-tuple default args");
        return -1;
    }
    return function_store(func, defaults, 1, &((PyFunctionObject *)func)->func_defaults, "");
}

int
PyFunction_SetKwDefaults(PyObject *func, PyObject *defaults)
{
    if (defaults == NULL || (defaults != Py_None && !PyDict_Check(defaults))) {
        PyErr_SetString(PyExc_SystemError, "non-dict keyword only default args");
        return -1;
    }
    return function_store(func, defaults, 1, &((PyFunctionObject *)func)->func_kwdefaults, "");
}

int
PyFunction_SetClosure(PyObject *func, PyObject *closure)
{
    return function_store(func, closure, PyTuple_Check(closure),
                          &((PyFunctionObject *)func)->func_closure,
                          "expected tuple for closure, got '%.100s'");
}

int
PyFunction_SetAnnotations(PyObject *func, PyObject *annotations)
{
    if (annotations == NULL || (annotations != Py_None && !PyDict_Check(annotations))) {
        PyErr_SetString(PyExc_SystemError, "non-dict annotations");
        return -1;
    }
    return function_store(func, annotations, 1, &((PyFunctionObject *)func)->func_annotations, "");
}
