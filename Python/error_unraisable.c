/* SPDX-License-Identifier: MIT */
/* Errors that nobody can catch: they go to sys.unraisablehook, or to stderr by the default hook. */
#include "Python.h"

#include "pycore_initconfig.h"
#include "pycore_object.h"
#include "pycore_unicodeobject.h"
#include "pycore_pyerrors.h"
#include "pycore_pystate.h"
#include "pycore_structseq.h"
#include "pycore_sysmodule.h"
#include "pycore_traceback.h"

#include "ks_base.h"

static PyTypeObject UnraisableHookArgs_Type;

static PyStructSequence_Field hook_fields[] = {
    {"exc_type", "Exception type"},
    {"exc_value", "Exception value"},
    {"exc_traceback", "Exception traceback"},
    {"err_msg", "Error message"},
    {"object", "Object causing the exception"},
    {NULL},
};

static PyStructSequence_Desc hook_desc = {
    .name = "UnraisableHookArgs",
    .doc = "What sys.unraisablehook is called with.",
    .fields = hook_fields,
    .n_in_sequence = 5,
};

PyStatus
_PyErr_InitTypes(PyInterpreterState *interp)
{
    if (_Py_IsMainInterpreter(interp) && UnraisableHookArgs_Type.tp_name == NULL &&
        PyStructSequence_InitType2(&UnraisableHookArgs_Type, &hook_desc) < 0)
        return _PyStatus_ERR("failed to initialize UnraisableHookArgs type");
    return _PyStatus_OK();
}

void
_PyErr_FiniTypes(PyInterpreterState *interp)
{
    if (_Py_IsMainInterpreter(interp))
        _PyStructSequence_FiniType(&UnraisableHookArgs_Type);
}

static PyObject *
hook_args(PyObject *type, PyObject *value, PyObject *traceback, PyObject *message,
          PyObject *object)
{
    PyObject *args = PyStructSequence_New(&UnraisableHookArgs_Type);
    if (args == NULL)
        return NULL;
    PyObject *fields[] = {type, value, traceback, message, object};
    for (int i = 0; i < 5; i++)
        PyStructSequence_SET_ITEM(args, i, Py_NewRef(fields[i] != NULL ? fields[i] : Py_None));
    return args;
}

/* --- the default hook --- */

static int
write_type_name(PyObject *file, PyObject *type)
{
    KS_OWNED PyObject *module = PyObject_GetAttr(type, &_Py_ID(__module__));
    if (module == NULL || !PyUnicode_Check(module)) {
        PyErr_Clear();
        if (PyFile_WriteString("<unknown>", file) < 0)
            return -1;
    }
    else if (!_PyUnicode_Equal(module, &_Py_ID(builtins)) &&
             !_PyUnicode_Equal(module, &_Py_ID(__main__))) {
        if (PyFile_WriteObject(module, file, Py_PRINT_RAW) < 0 ||
            PyFile_WriteString(".", file) < 0)
            return -1;
    }
    KS_OWNED PyObject *name = PyType_Check(type) ? PyType_GetQualName((PyTypeObject *)type) : NULL;
    if (name == NULL || !PyUnicode_Check(name)) {
        PyErr_Clear();
        return PyFile_WriteString("<unknown>", file);
    }
    return PyFile_WriteObject(name, file, Py_PRINT_RAW);
}

static int
write_unraisable(PyObject *file, PyObject *type, PyObject *value, PyObject *traceback,
                 PyObject *message, PyObject *object)
{
    if (object != NULL && object != Py_None) {
        if (message != NULL && message != Py_None) {
            if (PyFile_WriteObject(message, file, Py_PRINT_RAW) < 0 ||
                PyFile_WriteString(": ", file) < 0)
                return -1;
        }
        else if (PyFile_WriteString("Exception ignored in: ", file) < 0) {
            return -1;
        }
        if (PyFile_WriteObject(object, file, 0) < 0) {
            PyErr_Clear();
            if (PyFile_WriteString("<object repr() failed>", file) < 0)
                return -1;
        }
        if (PyFile_WriteString("\n", file) < 0)
            return -1;
    }
    else if (message != NULL && message != Py_None) {
        if (PyFile_WriteObject(message, file, Py_PRINT_RAW) < 0 ||
            PyFile_WriteString(":\n", file) < 0)
            return -1;
    }
    if (traceback != NULL && traceback != Py_None && PyTraceBack_Print(traceback, file) < 0)
        PyErr_Clear();
    if (type == NULL || type == Py_None)
        return -1;
    if (write_type_name(file, type) < 0)
        return -1;
    if (value != NULL && value != Py_None) {
        if (PyFile_WriteString(": ", file) < 0)
            return -1;
        if (PyFile_WriteObject(value, file, Py_PRINT_RAW) < 0) {
            PyErr_Clear();
            if (PyFile_WriteString("<exception str() failed>", file) < 0)
                return -1;
        }
    }
    if (PyFile_WriteString("\n", file) < 0)
        return -1;
    KS_OWNED PyObject *flushed = PyObject_CallMethodNoArgs(file, &_Py_ID(flush));
    return flushed == NULL ? -1 : 0;
}

static int
write_to_stderr(PyThreadState *tstate, PyObject *type, PyObject *value, PyObject *traceback,
                PyObject *message, PyObject *object)
{
    PyObject *file = _PySys_GetAttr(tstate, &_Py_ID(stderr));
    if (file == NULL || file == Py_None)
        return 0;
    KS_OWNED PyObject *held = Py_NewRef(file);
    return write_unraisable(held, type, value, traceback, message, object);
}

/* sys.__unraisablehook__: new reference to None. */
PyObject *
_PyErr_WriteUnraisableDefaultHook(PyObject *args)
{
    if (!Py_IS_TYPE(args, &UnraisableHookArgs_Type)) {
        PyErr_SetString(PyExc_TypeError,
                        "sys.unraisablehook argument type must be UnraisableHookArgs");
        return NULL;
    }
    PyObject *items[5];
    for (int i = 0; i < 5; i++)
        items[i] = PyStructSequence_GET_ITEM(args, i);
    if (write_to_stderr(_PyThreadState_GET(), items[0], items[1], items[2], items[3], items[4]) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* --- reporting --- */

/* Calls the hook; 1 done, 0 with an exception that says what failed. */
static int
call_hook(PyThreadState *tstate, PyObject *args)
{
    PyObject *hook = _PySys_GetAttr(tstate, &_Py_ID(unraisablehook));
    KS_OWNED PyObject *held = Py_XNewRef(hook);
    if (_PySys_Audit(tstate, "sys.unraisablehook", "OO", hook ? hook : Py_None, args) < 0)
        return 0;
    if (hook == NULL || hook == Py_None)
        return -1;
    KS_OWNED PyObject *result = PyObject_CallOneArg(hook, args);
    return result != NULL;
}

void
_PyErr_WriteUnraisableMsg(const char *text, PyObject *object)
{
    PyThreadState *tstate = _PyThreadState_GET();
    PyObject *raw_type, *raw_value, *raw_traceback;
    _PyErr_Fetch(tstate, &raw_type, &raw_value, &raw_traceback);
    if (raw_traceback == NULL && tstate->cframe->current_frame != NULL) {
        PyFrameObject *frame = PyThreadState_GetFrame(tstate);
        if (frame != NULL) {
            raw_traceback = _PyTraceBack_FromFrame(NULL, frame);
            if (raw_traceback == NULL)
                _PyErr_Clear(tstate);
            Py_DECREF(frame);
        }
    }
    _PyErr_NormalizeException(tstate, &raw_type, &raw_value, &raw_traceback);
    KS_OWNED PyObject *type = raw_type;
    KS_OWNED PyObject *value = raw_value;
    KS_OWNED PyObject *traceback = raw_traceback;
    if (value != NULL && traceback != NULL && PyException_SetTraceback(value, traceback) < 0)
        _PyErr_Clear(tstate);
    KS_OWNED PyObject *message = NULL;
    if (text != NULL) {
        message = PyUnicode_FromFormat("Exception ignored %s", text);
        if (message == NULL)
            PyErr_Clear();
    }
    KS_OWNED PyObject *args = NULL;
    int status = -1;
    if (UnraisableHookArgs_Type.tp_name != NULL) {
        args = hook_args(type, value, traceback, message, object);
        status = args != NULL ? call_hook(tstate, args) : 0;
    }
    if (status == 1)
        return;
    if (status == 0) {
        /* The hook failed: report its error instead, by the default way. */
        PyObject *new_type, *new_value, *new_traceback;
        _PyErr_Fetch(tstate, &new_type, &new_value, &new_traceback);
        _PyErr_NormalizeException(tstate, &new_type, &new_value, &new_traceback);
        Py_XSETREF(type, new_type);
        Py_XSETREF(value, new_value);
        Py_XSETREF(traceback, new_traceback);
        Py_XSETREF(message, PyUnicode_FromString("Exception ignored in sys.unraisablehook"));
        object = _PySys_GetAttr(tstate, &_Py_ID(unraisablehook));
    }
    (void)write_to_stderr(tstate, type, value, traceback, message, object);
    _PyErr_Clear(tstate);
}

void
PyErr_WriteUnraisable(PyObject *object)
{
    _PyErr_WriteUnraisableMsg(NULL, object);
}
