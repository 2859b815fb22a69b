/* SPDX-License-Identifier: MIT */
/* Builtins over any object: attributes, identity, conversion to text, iteration, namespaces. */
#include "Python.h"
#include "pycore_abstract.h"
#include "pycore_call.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"
#include "pycore_pystate.h"
#include "ks_args.h"
#include "ks_base.h"
#include "ks_builtins.h"

/* ---- attributes ---- */

static int
check_name(const char *function, PyObject *name)
{
    if (KS_LIKELY(PyUnicode_Check(name)))
        return 1;
    PyErr_Format(PyExc_TypeError, "attribute name must be string, not '%.200s'", Py_TYPE(name)->tp_name);
    return 0;
}

static PyObject *
builtin_getattr(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("getattr", nargs, 2, 3) || !check_name("getattr", args[1]))
        return NULL;
    if (nargs == 2)
        return PyObject_GetAttr(args[0], args[1]);
    PyObject *value;
    if (_PyObject_LookupAttr(args[0], args[1], &value) == 0)
        return Py_NewRef(args[2]);
    return value;
}

static PyObject *
builtin_hasattr(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("hasattr", nargs, 2, 2) || !check_name("hasattr", args[1]))
        return NULL;
    PyObject *value;
    int found = _PyObject_LookupAttr(args[0], args[1], &value);
    if (found < 0)
        return NULL;
    Py_XDECREF(value);
    return PyBool_FromLong(found);
}

static PyObject *
builtin_setattr(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("setattr", nargs, 3, 3) || PyObject_SetAttr(args[0], args[1], args[2]) != 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
builtin_delattr(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("delattr", nargs, 2, 2) || PyObject_SetAttr(args[0], args[1], NULL) != 0)
        return NULL;
    Py_RETURN_NONE;
}

/* ---- identity, classes ---- */

static PyObject *
builtin_id(PyObject *self, PyObject *object)
{
    PyObject *id = PyLong_FromVoidPtr(object);
    if (id != NULL && PySys_Audit("builtins.id", "O", id) < 0)
        Py_CLEAR(id);
    return id;
}

static PyObject *
builtin_callable(PyObject *self, PyObject *object)
{
    return PyBool_FromLong(PyCallable_Check(object));
}

static PyObject *
builtin_isinstance(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("isinstance", nargs, 2, 2))
        return NULL;
    int result = PyObject_IsInstance(args[0], args[1]);
    return result < 0 ? NULL : PyBool_FromLong(result);
}

static PyObject *
builtin_issubclass(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("issubclass", nargs, 2, 2))
        return NULL;
    int result = PyObject_IsSubclass(args[0], args[1]);
    return result < 0 ? NULL : PyBool_FromLong(result);
}

static PyObject *
builtin_hash(PyObject *self, PyObject *object)
{
    Py_hash_t hash = PyObject_Hash(object);
    return hash == -1 && PyErr_Occurred() ? NULL : PyLong_FromSsize_t(hash);
}

static PyObject *
builtin_len(PyObject *self, PyObject *object)
{
    Py_ssize_t length = PyObject_Size(object);
    return length < 0 ? NULL : PyLong_FromSsize_t(length);
}

/* ---- text ---- */

static PyObject *
builtin_repr(PyObject *self, PyObject *object)
{
    return PyObject_Repr(object);
}

static PyObject *
builtin_ascii(PyObject *self, PyObject *object)
{
    return PyObject_ASCII(object);
}

static PyObject *
builtin_bin(PyObject *self, PyObject *number)
{
    return PyNumber_ToBase(number, 2);
}

static PyObject *
builtin_oct(PyObject *self, PyObject *number)
{
    return PyNumber_ToBase(number, 8);
}

static PyObject *
builtin_hex(PyObject *self, PyObject *number)
{
    return PyNumber_ToBase(number, 16);
}

static PyObject *
builtin_format(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    PyObject *spec = NULL;
    if (!ks_args_count("format", nargs, 1, 2) || (nargs == 2 && !ks_arg_str("format", 2, args[1], &spec)))
        return NULL;
    return PyObject_Format(args[0], spec);
}

static PyObject *
builtin_chr(PyObject *self, PyObject *number)
{
    int code = _PyLong_AsInt(number);
    if (code == -1 && PyErr_Occurred())
        return NULL;
    return PyUnicode_FromOrdinal(code);
}

static PyObject *
builtin_ord(PyObject *self, PyObject *c)
{
    Py_ssize_t size;
    if (PyBytes_Check(c)) {
        size = PyBytes_GET_SIZE(c);
        if (size == 1)
            return PyLong_FromLong((unsigned char)PyBytes_AS_STRING(c)[0]);
    } else if (PyUnicode_Check(c)) {
        if (PyUnicode_READY(c) < 0)
            return NULL;
        size = PyUnicode_GET_LENGTH(c);
        if (size == 1)
            return PyLong_FromLong((long)PyUnicode_READ_CHAR(c, 0));
    } else if (PyByteArray_Check(c)) {
        size = PyByteArray_GET_SIZE(c);
        if (size == 1)
            return PyLong_FromLong((unsigned char)PyByteArray_AS_STRING(c)[0]);
    } else {
        return PyErr_Format(PyExc_TypeError, "ord() expected string of length 1, but %.200s found",
                            Py_TYPE(c)->tp_name);
    }
    return PyErr_Format(PyExc_TypeError, "ord() expected a character, but string of length %zd found", size);
}

/* ---- iteration ---- */

static PyObject *
builtin_iter(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("iter", nargs, 1, 2))
        return NULL;
    if (nargs == 1)
        return PyObject_GetIter(args[0]);
    if (!PyCallable_Check(args[0])) {
        PyErr_SetString(PyExc_TypeError, "iter(v, w): v must be callable");
        return NULL;
    }
    return PyCallIter_New(args[0], args[1]);
}

static PyObject *
builtin_next(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("next", nargs, 1, 2))
        return NULL;
    PyObject *it = args[0];
    if (!PyIter_Check(it)) {
        PyErr_Format(PyExc_TypeError, "'%.200s' object is not an iterator", Py_TYPE(it)->tp_name);
        return NULL;
    }
    PyObject *item = Py_TYPE(it)->tp_iternext(it);
    if (item != NULL)
        return item;
    if (nargs == 2) {
        if (PyErr_Occurred()) {
            if (!PyErr_ExceptionMatches(PyExc_StopIteration))
                return NULL;
            PyErr_Clear();
        }
        return Py_NewRef(args[1]);
    }
    if (!PyErr_Occurred())
        PyErr_SetNone(PyExc_StopIteration);
    return NULL;
}

static PyObject *
builtin_aiter(PyObject *self, PyObject *async_iterable)
{
    return PyObject_GetAIter(async_iterable);
}

PyObject *PyAnextAwaitable_New(PyObject *awaitable, PyObject *default_value);

static PyObject *
builtin_anext(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("anext", nargs, 1, 2))
        return NULL;
    PyTypeObject *type = Py_TYPE(args[0]);
    if (type->tp_as_async == NULL || type->tp_as_async->am_anext == NULL) {
        PyErr_Format(PyExc_TypeError, "'%.200s' object is not an async iterator", type->tp_name);
        return NULL;
    }
    KS_OWNED PyObject *awaitable = type->tp_as_async->am_anext(args[0]);
    if (awaitable == NULL || nargs == 1)
        return ks_give(&awaitable);
    return PyAnextAwaitable_New(awaitable, args[1]);
}

/* ---- namespaces ---- */

static PyObject *
builtin_globals(PyObject *self, PyObject *unused)
{
    return Py_XNewRef(PyEval_GetGlobals());
}

static PyObject *
builtin_locals(PyObject *self, PyObject *unused)
{
    return Py_XNewRef(PyEval_GetLocals());
}

static PyObject *
builtin_dir(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("dir", nargs, 0, 1))
        return NULL;
    return PyObject_Dir(nargs == 1 ? args[0] : NULL);
}

static PyObject *
builtin_vars(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("vars", nargs, 0, 1))
        return NULL;
    if (nargs == 0)
        return Py_XNewRef(PyEval_GetLocals());
    PyObject *dict;
    if (_PyObject_LookupAttr(args[0], &_Py_ID(__dict__), &dict) == 0)
        PyErr_SetString(PyExc_TypeError, "vars() argument must have __dict__ attribute");
    return dict;
}

static PyObject *
builtin_breakpoint(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    PyObject *hook = PySys_GetObject("breakpointhook");
    if (hook == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "lost sys.breakpointhook");
        return NULL;
    }
    if (PySys_Audit("builtins.breakpoint", "O", hook) < 0)
        return NULL;
    KS_OWNED PyObject *kept = Py_NewRef(hook);
    return PyObject_Vectorcall(kept, args, (size_t)nargs, kwnames);
}

PyMethodDef ks_builtins_plain_methods[] = {
    METHOD("aiter", builtin_aiter, METH_O, "($module, async_iterable, /)",
           "The asynchronous iterator of an asynchronous iterable."),
    METHOD("anext", builtin_anext, METH_FASTCALL, "($module, aiterator, default=<unrepresentable>, /)",
           "An awaitable for the next item; default ends instead of StopAsyncIteration."),
    METHOD("ascii", builtin_ascii, METH_O, "($module, obj, /)", "repr(obj) in ASCII, the rest escaped."),
    METHOD("bin", builtin_bin, METH_O, "($module, number, /)", "The int as binary text, 0b..."),
    METHOD_PLAIN("breakpoint", builtin_breakpoint, METH_FASTCALL | METH_KEYWORDS,
                 "breakpoint(*args, **kws)\n\nCall sys.breakpointhook(), by default the debugger."),
    METHOD("callable", builtin_callable, METH_O, "($module, obj, /)", "Can obj be called?"),
    METHOD("chr", builtin_chr, METH_O, "($module, i, /)", "The character with code point i."),
    METHOD("delattr", builtin_delattr, METH_FASTCALL, "($module, obj, name, /)", "del obj.name"),
    METHOD_PLAIN("dir", builtin_dir, METH_FASTCALL,
                 "dir([object]) -> list of strings\n\n"
                 "The names in the current scope, or those object's attributes have."),
    METHOD("format", builtin_format, METH_FASTCALL, "($module, value, format_spec='', /)",
           "The value as text, formatted by its own __format__."),
    METHOD_PLAIN("getattr", builtin_getattr, METH_FASTCALL,
                 "getattr(object, name[, default]) -> value\n\nobject.name, or default without it."),
    METHOD("globals", builtin_globals, METH_NOARGS, "($module, /)", "The module's namespace."),
    METHOD("hasattr", builtin_hasattr, METH_FASTCALL, "($module, obj, name, /)",
           "Does obj have an attribute of that name?"),
    METHOD("hash", builtin_hash, METH_O, "($module, obj, /)", "The hash value; equal objects have equal ones."),
    METHOD("hex", builtin_hex, METH_O, "($module, number, /)", "The int as hexadecimal text, 0x..."),
    METHOD("id", builtin_id, METH_O, "($module, obj, /)", "The object's identity: its address."),
    METHOD("isinstance", builtin_isinstance, METH_FASTCALL, "($module, obj, class_or_tuple, /)",
           "Is obj an instance of the class, or of one in the tuple?"),
    METHOD("issubclass", builtin_issubclass, METH_FASTCALL, "($module, cls, class_or_tuple, /)",
           "Is cls derived from the class, or from one in the tuple?"),
    METHOD_PLAIN("iter", builtin_iter, METH_FASTCALL,
                 "iter(iterable) -> iterator\niter(callable, sentinel) -> iterator\n\n"
                 "An iterator over iterable, or over the results of callable until one equals sentinel."),
    METHOD("len", builtin_len, METH_O, "($module, obj, /)", "How many items a container has."),
    METHOD("locals", builtin_locals, METH_NOARGS, "($module, /)", "The current scope's namespace."),
    METHOD_PLAIN("next", builtin_next, METH_FASTCALL,
                 "next(iterator[, default])\n\nThe next item; default ends instead of StopIteration."),
    METHOD("oct", builtin_oct, METH_O, "($module, number, /)", "The int as octal text, 0o..."),
    METHOD("ord", builtin_ord, METH_O, "($module, c, /)", "The code point of a character."),
    METHOD("repr", builtin_repr, METH_O, "($module, obj, /)", "The object as text for programmers."),
    METHOD("setattr", builtin_setattr, METH_FASTCALL, "($module, obj, name, value, /)", "obj.name = value"),
    METHOD_PLAIN("vars", builtin_vars, METH_FASTCALL,
                 "vars([object]) -> dictionary\n\nobject.__dict__, or locals() without an object."),
    {NULL, NULL, 0, NULL},
};
