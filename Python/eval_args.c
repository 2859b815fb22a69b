/* SPDX-License-Identifier: MIT */
/* Binding the arguments of a call to the parameters of a Python function, and making its frame.
 *
 * Parameters come first in localsplus: positional ones, keyword-only ones, then *args and **kwargs.
 * Errors are reported in this order: keywords, too many positional arguments, missing ones. */
#include "Python.h"

#include "pycore_call.h"
#include "pycore_ceval.h"
#include "pycore_code.h"
#include "pycore_frame.h"
#include "pycore_pyerrors.h"
#include "pycore_tuple.h"

#include "ks_eval.h"
#include "ks_frame.h"

static PyObject *
parameter_name(PyCodeObject *code, Py_ssize_t index)
{
    return PyTuple_GET_ITEM(code->co_localsplusnames, index);
}

/* "'a'", "'a' and 'b'", "'a', 'b', and 'c'" for the unset parameters of [first, end). */
static KS_NEW PyObject *
missing_names(PyCodeObject *code, PyObject **localsplus, Py_ssize_t first, Py_ssize_t end,
              Py_ssize_t count)
{
    KS_OWNED PyObject *text = PyUnicode_FromString("");
    Py_ssize_t seen = 0;
    for (Py_ssize_t i = first; i < end && text != NULL; i++) {
        if (localsplus[i] != NULL)
            continue;
        seen++;
        const char *joint = seen == 1 ? "" : seen < count ? ", " : count == 2 ? " and " : ", and ";
        PyObject *longer = PyUnicode_FromFormat("%U%s%R", text, joint, parameter_name(code, i));
        Py_DECREF(text);
        text = longer;
    }
    return ks_give(&text);
}

static KS_COLD void
missing_error(PyThreadState *tstate, PyFunctionObject *func, PyObject **localsplus,
              Py_ssize_t first, Py_ssize_t end, Py_ssize_t count, const char *kind)
{
    KS_OWNED PyObject *names =
        missing_names((PyCodeObject *)func->func_code, localsplus, first, end, count);
    if (names != NULL)
        _PyErr_Format(tstate, PyExc_TypeError, "%U() missing %i required %s argument%s: %U",
                      func->func_qualname, (int)count, kind, count == 1 ? "" : "s", names);
}

static KS_COLD void
too_many_error(PyThreadState *tstate, PyFunctionObject *func, PyObject **localsplus,
               Py_ssize_t given)
{
    PyCodeObject *code = (PyCodeObject *)func->func_code;
    Py_ssize_t named = 0, accepted = code->co_argcount;
    Py_ssize_t defaults = func->func_defaults == NULL ? 0 : PyTuple_GET_SIZE(func->func_defaults);
    for (int i = 0; i < code->co_kwonlyargcount; i++)
        named += localsplus[accepted + i] != NULL;
    KS_OWNED PyObject *takes =
        defaults > 0 ? PyUnicode_FromFormat("from %zd to %zd", accepted - defaults, accepted)
                     : PyUnicode_FromFormat("%zd", accepted);
    KS_OWNED PyObject *extra =
        named > 0 ? PyUnicode_FromFormat(" positional argument%s (and %zd keyword-only argument%s)",
                                         given != 1 ? "s" : "", named, named != 1 ? "s" : "")
                  : PyUnicode_FromString("");
    if (takes == NULL || extra == NULL)
        return;
    int plural = defaults > 0 ? 1 : accepted != 1;
    _PyErr_Format(tstate, PyExc_TypeError, "%U() takes %U positional argument%s but %zd%U %s given",
                  func->func_qualname, takes, plural ? "s" : "", given, extra,
                  given == 1 && named == 0 ? "was" : "were");
}

/* 1 with TypeError if keywords name positional-only parameters, 0 if not, -1 on error. */
static KS_COLD int
positional_only_error(PyThreadState *tstate, PyFunctionObject *func, PyObject *kwnames)
{
    PyCodeObject *code = (PyCodeObject *)func->func_code;
    KS_OWNED PyObject *wrong = PyList_New(0);
    if (wrong == NULL)
        return -1;
    for (int i = 0; i < code->co_posonlyargcount; i++) {
        PyObject *name = parameter_name(code, i);
        for (Py_ssize_t j = 0; j < PyTuple_GET_SIZE(kwnames); j++) {
            PyObject *keyword = PyTuple_GET_ITEM(kwnames, j);
            int same = keyword == name ? 1 : PyObject_RichCompareBool(name, keyword, Py_EQ);
            if (same < 0 || (same > 0 && PyList_Append(wrong, keyword) < 0))
                return -1;
        }
    }
    if (PyList_GET_SIZE(wrong) == 0)
        return 0;
    KS_OWNED PyObject *comma = PyUnicode_FromString(", ");
    KS_OWNED PyObject *names = comma == NULL ? NULL : PyUnicode_Join(comma, wrong);
    if (names == NULL)
        return -1;
    _PyErr_Format(tstate, PyExc_TypeError,
                  "%U() got some positional-only arguments passed as keyword arguments: '%U'",
                  func->func_qualname, names);
    return 1;
}

/* The parameter a keyword names: its index, -1 if there is none, -2 on error. */
static Py_ssize_t
keyword_parameter(PyCodeObject *code, PyObject *keyword)
{
    Py_ssize_t end = code->co_argcount + code->co_kwonlyargcount;
    for (Py_ssize_t i = code->co_posonlyargcount; i < end; i++) {
        if (parameter_name(code, i) == keyword)
            return i;
    }
    for (Py_ssize_t i = code->co_posonlyargcount; i < end; i++) {
        int same = PyObject_RichCompareBool(keyword, parameter_name(code, i), Py_EQ);
        if (same != 0)
            return same < 0 ? -2 : i;
    }
    return -1;
}

/* Binds one keyword argument; value is taken. */
static int
bind_keyword(PyThreadState *tstate, PyFunctionObject *func, PyObject **localsplus,
             PyObject *kwnames, PyObject *keyword, PyObject *value, PyObject *extra)
{
    PyCodeObject *code = (PyCodeObject *)func->func_code;
    KS_OWNED PyObject *owned = value;
    if (keyword == NULL || !PyUnicode_Check(keyword)) {
        _PyErr_Format(tstate, PyExc_TypeError, "%U() keywords must be strings",
                      func->func_qualname);
        return -1;
    }
    Py_ssize_t index = keyword_parameter(code, keyword);
    if (index == -2)
        return -1;
    if (index >= 0) {
        if (localsplus[index] != NULL) {
            _PyErr_Format(tstate, PyExc_TypeError, "%U() got multiple values for argument '%S'",
                          func->func_qualname, keyword);
            return -1;
        }
        localsplus[index] = ks_give(&owned);
        return 0;
    }
    if (extra != NULL)
        return PyDict_SetItem(extra, keyword, value);
    if (code->co_posonlyargcount != 0 && positional_only_error(tstate, func, kwnames) != 0)
        return -1;
    _PyErr_Format(tstate, PyExc_TypeError, "%U() got an unexpected keyword argument '%S'",
                  func->func_qualname, keyword);
    return -1;
}

static int
bind_defaults(PyThreadState *tstate, PyFunctionObject *func, PyObject **localsplus,
              Py_ssize_t given)
{
    PyCodeObject *code = (PyCodeObject *)func->func_code;
    if (given < code->co_argcount) {
        PyObject *defaults = func->func_defaults;
        Py_ssize_t count = defaults == NULL ? 0 : PyTuple_GET_SIZE(defaults);
        Py_ssize_t required = code->co_argcount - count, missing = 0;
        for (Py_ssize_t i = given; i < required; i++)
            missing += localsplus[i] == NULL;
        if (missing > 0) {
            missing_error(tstate, func, localsplus, 0, required, missing, "positional");
            return -1;
        }
        for (Py_ssize_t i = given > required ? given - required : 0; i < count; i++) {
            if (localsplus[required + i] == NULL)
                localsplus[required + i] = Py_NewRef(PyTuple_GET_ITEM(defaults, i));
        }
    }
    Py_ssize_t end = code->co_argcount + code->co_kwonlyargcount, missing = 0;
    for (Py_ssize_t i = code->co_argcount; i < end; i++) {
        if (localsplus[i] != NULL)
            continue;
        if (func->func_kwdefaults != NULL) {
            PyObject *value =
                PyDict_GetItemWithError(func->func_kwdefaults, parameter_name(code, i));
            if (value != NULL) {
                localsplus[i] = Py_NewRef(value);
                continue;
            }
            if (_PyErr_Occurred(tstate))
                return -1;
        }
        missing++;
    }
    if (missing > 0) {
        missing_error(tstate, func, localsplus, code->co_argcount, end, missing, "keyword-only");
        return -1;
    }
    return 0;
}

static void
drop_arguments(PyObject *const *args, Py_ssize_t first, Py_ssize_t end)
{
    for (; first < end; first++)
        Py_DECREF(args[first]);
}

/* localsplus must be all NULL. Every argument is taken, on failure as well. */
int
ks_args_bind(PyThreadState *tstate, PyFunctionObject *func, PyObject **localsplus,
             PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    PyCodeObject *code = (PyCodeObject *)func->func_code;
    Py_ssize_t named = kwnames == NULL ? 0 : PyTuple_GET_SIZE(kwnames);
    Py_ssize_t parameters = code->co_argcount + code->co_kwonlyargcount;
    PyObject *extra = NULL;
    if (code->co_flags & CO_VARKEYWORDS) {
        extra = PyDict_New();
        if (extra == NULL) {
            drop_arguments(args, 0, nargs + named);
            return -1;
        }
        localsplus[parameters + ((code->co_flags & CO_VARARGS) != 0)] = extra;
    }
    Py_ssize_t direct = nargs < code->co_argcount ? nargs : code->co_argcount;
    for (Py_ssize_t i = 0; i < direct; i++)
        localsplus[i] = args[i];
    if (code->co_flags & CO_VARARGS) {
        PyObject *rest = _PyTuple_FromArraySteal(args + direct, nargs - direct);
        if (rest == NULL) {
            drop_arguments(args, nargs, nargs + named);
            return -1;
        }
        localsplus[parameters] = rest;
    }
    else
        drop_arguments(args, direct, nargs);
    for (Py_ssize_t i = 0; i < named; i++) {
        if (bind_keyword(tstate, func, localsplus, kwnames, PyTuple_GET_ITEM(kwnames, i),
                         args[nargs + i], extra) < 0) {
            drop_arguments(args, nargs + i + 1, nargs + named);
            return -1;
        }
    }
    if (nargs > code->co_argcount && !(code->co_flags & CO_VARARGS)) {
        too_many_error(tstate, func, localsplus, nargs);
        return -1;
    }
    if (nargs < code->co_argcount || code->co_kwonlyargcount > 0)
        return bind_defaults(tstate, func, localsplus, nargs);
    return 0;
}

_PyInterpreterFrame *
ks_frame_for_call(PyThreadState *tstate, PyFunctionObject *func, PyObject *locals,
                  PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    PyCodeObject *code = (PyCodeObject *)func->func_code;
    _PyInterpreterFrame *frame =
        _PyThreadState_BumpFramePointer(tstate, (size_t)ks_frame_words(code));
    if (frame == NULL) {
        Py_DECREF(func);
        drop_arguments(args, 0, nargs + (kwnames == NULL ? 0 : PyTuple_GET_SIZE(kwnames)));
        PyErr_NoMemory();
        return NULL;
    }
    _PyFrame_InitializeSpecials(frame, func, locals, code->co_nlocalsplus);
    PyObject **localsplus = frame->localsplus;
    if (nargs == code->co_argcount && kwnames == NULL && code->co_kwonlyargcount == 0 &&
        !(code->co_flags & (CO_VARARGS | CO_VARKEYWORDS))) {
        for (Py_ssize_t i = 0; i < nargs; i++)
            localsplus[i] = args[i];
        for (Py_ssize_t i = nargs; i < code->co_nlocalsplus; i++)
            localsplus[i] = NULL;
        return frame;
    }
    for (int i = 0; i < code->co_nlocalsplus; i++)
        localsplus[i] = NULL;
    if (ks_args_bind(tstate, func, localsplus, args, nargs, kwnames) < 0) {
        ks_frame_release(tstate, frame);
        return NULL;
    }
    return frame;
}

_PyInterpreterFrame *
ks_frame_for_call_ex(PyThreadState *tstate, PyFunctionObject *func, PyObject *args,
                     PyObject *kwargs)
{
    Py_ssize_t nargs = PyTuple_GET_SIZE(args);
    if (kwargs == NULL || PyDict_GET_SIZE(kwargs) == 0) {
        for (Py_ssize_t i = 0; i < nargs; i++)
            Py_INCREF(PyTuple_GET_ITEM(args, i));
        return ks_frame_for_call(tstate, func, NULL, _PyTuple_ITEMS(args), nargs, NULL);
    }
    PyObject *kwnames;
    PyObject *const *stack =
        ks_stack_from_dict(tstate, _PyTuple_ITEMS(args), nargs, kwargs, &kwnames);
    if (stack == NULL) {
        Py_DECREF(func);
        return NULL;
    }
    Py_ssize_t total = nargs + PyTuple_GET_SIZE(kwnames);
    for (Py_ssize_t i = 0; i < total; i++)
        Py_INCREF(stack[i]);
    _PyInterpreterFrame *frame = ks_frame_for_call(tstate, func, NULL, stack, nargs, kwnames);
    ks_stack_release(stack, nargs, kwnames);
    return frame;
}

/* Calls func with borrowed arguments. locals is NULL for a function's own. */
PyObject *
_PyEval_Vector(PyThreadState *tstate, PyFunctionObject *func, PyObject *locals,
               PyObject *const *args, size_t argcount, PyObject *kwnames)
{
    size_t total = argcount + (kwnames == NULL ? 0 : (size_t)PyTuple_GET_SIZE(kwnames));
    Py_INCREF(func);
    for (size_t i = 0; i < total; i++)
        Py_INCREF(args[i]);
    _PyInterpreterFrame *frame =
        ks_frame_for_call(tstate, func, locals, args, (Py_ssize_t)argcount, kwnames);
    if (frame == NULL)
        return NULL;
    PyObject *result = _PyEval_EvalFrame(tstate, frame, 0);
    ks_frame_release(tstate, frame);
    return result;
}
