/* SPDX-License-Identifier: MIT */
/* PyStatus, lists of wide strings, and the argument vector in its two forms.
 *
 * All memory here is raw: these run before there is an interpreter. A list is either {0, NULL} or
 * owns its array and each string in it. */
#include "Python.h"
#include "pycore_fileutils.h"
#include "pycore_initconfig.h"
#include "ks_base.h"

/* ---- PyStatus ---- */

PyStatus
PyStatus_Ok(void)
{
    return _PyStatus_OK();
}

PyStatus
PyStatus_Error(const char *err_msg)
{
    return (PyStatus){._type = _PyStatus_TYPE_ERROR, .err_msg = err_msg};
}

PyStatus
PyStatus_NoMemory(void)
{
    return PyStatus_Error("memory allocation failed");
}

PyStatus
PyStatus_Exit(int exitcode)
{
    return _PyStatus_EXIT(exitcode);
}

int
PyStatus_IsError(PyStatus status)
{
    return _PyStatus_IS_ERROR(status);
}

int
PyStatus_IsExit(PyStatus status)
{
    return _PyStatus_IS_EXIT(status);
}

int
PyStatus_Exception(PyStatus status)
{
    return _PyStatus_EXCEPTION(status);
}

PyObject *
_PyErr_SetFromPyStatus(PyStatus status)
{
    if (!_PyStatus_IS_ERROR(status))
        PyErr_Format(PyExc_SystemError, "_PyErr_SetFromPyStatus() status is not an error");
    else if (status.func != NULL)
        PyErr_Format(PyExc_ValueError, "%s: %s", status.func, status.err_msg);
    else
        PyErr_Format(PyExc_ValueError, "%s", status.err_msg);
    return NULL;
}

/* ---- lists ---- */

#ifndef NDEBUG
int
_PyWideStringList_CheckConsistency(const PyWideStringList *list)
{
    assert(list->length >= 0);
    assert(list->length == 0 || list->items != NULL);
    for (Py_ssize_t i = 0; i < list->length; i++)
        assert(list->items[i] != NULL);
    return 1;
}
#endif

void
_PyWideStringList_Clear(PyWideStringList *list)
{
    for (Py_ssize_t i = 0; i < list->length; i++)
        PyMem_RawFree(list->items[i]);
    PyMem_RawFree(list->items);
    *list = _PyWideStringList_INIT;
}

/* 0, or -1 without memory; list is then as it was. */
int
_PyWideStringList_Copy(PyWideStringList *list, const PyWideStringList *list2)
{
    PyWideStringList copy = _PyWideStringList_INIT;
    if (list2->length > 0) {
        copy.items = PyMem_RawMalloc((size_t)list2->length * sizeof(copy.items[0]));
        if (copy.items == NULL)
            return -1;
        for (; copy.length < list2->length; copy.length++) {
            wchar_t *item = _PyMem_RawWcsdup(list2->items[copy.length]);
            if (item == NULL) {
                _PyWideStringList_Clear(&copy);
                return -1;
            }
            copy.items[copy.length] = item;
        }
    }
    _PyWideStringList_Clear(list);
    *list = copy;
    return 0;
}

PyStatus
PyWideStringList_Insert(PyWideStringList *list, Py_ssize_t index, const wchar_t *item)
{
    if (list->length == PY_SSIZE_T_MAX)
        return _PyStatus_NO_MEMORY();
    if (index < 0)
        return _PyStatus_ERR("PyWideStringList_Insert index must be >= 0");
    if (index > list->length)
        index = list->length;
    wchar_t *copy = _PyMem_RawWcsdup(item);
    size_t bytes = (size_t)(list->length + 1) * sizeof(list->items[0]);
    wchar_t **items = copy == NULL ? NULL : PyMem_RawRealloc(list->items, bytes);
    if (items == NULL) {
        PyMem_RawFree(copy);
        return _PyStatus_NO_MEMORY();
    }
    memmove(items + index + 1, items + index, (size_t)(list->length - index) * sizeof(items[0]));
    items[index] = copy;
    list->items = items;
    list->length++;
    return _PyStatus_OK();
}

PyStatus
PyWideStringList_Append(PyWideStringList *list, const wchar_t *item)
{
    return PyWideStringList_Insert(list, list->length, item);
}

PyStatus
_PyWideStringList_Extend(PyWideStringList *list, const PyWideStringList *list2)
{
    for (Py_ssize_t i = 0; i < list2->length; i++) {
        PyStatus status = PyWideStringList_Append(list, list2->items[i]);
        if (_PyStatus_EXCEPTION(status))
            return status;
    }
    return _PyStatus_OK();
}

PyObject *
_PyWideStringList_AsList(const PyWideStringList *list)
{
    KS_OWNED PyObject *result = PyList_New(list->length);
    if (result == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < list->length; i++) {
        PyObject *item = PyUnicode_FromWideChar(list->items[i], -1);
        if (item == NULL)
            return NULL;
        PyList_SET_ITEM(result, i, item);
    }
    return ks_give(&result);
}

/* ---- arguments ---- */

PyStatus
_PyArgv_AsWstrList(const _PyArgv *args, PyWideStringList *list)
{
    if (!args->use_bytes_argv) {
        PyWideStringList wide = {.length = args->argc, .items = (wchar_t **)args->wchar_argv};
        return _PyWideStringList_Copy(list, &wide) < 0 ? _PyStatus_NO_MEMORY() : _PyStatus_OK();
    }
    PyWideStringList decoded = _PyWideStringList_INIT;
    if (args->argc > 0) {
        decoded.items = PyMem_RawMalloc((size_t)args->argc * sizeof(decoded.items[0]));
        if (decoded.items == NULL)
            return _PyStatus_NO_MEMORY();
    }
    for (; decoded.length < args->argc; decoded.length++) {
        size_t length;
        wchar_t *item = Py_DecodeLocale(args->bytes_argv[decoded.length], &length);
        if (item == NULL) {
            _PyWideStringList_Clear(&decoded);
            return DECODE_LOCALE_ERR("command line arguments", length);
        }
        decoded.items[decoded.length] = item;
    }
    _PyWideStringList_Clear(list);
    *list = decoded;
    return _PyStatus_OK();
}

/* ---- environment ---- */

/* The variable's text, or NULL if it is unset, empty or not to be used. */
const char *
_Py_GetEnv(int use_environment, const char *name)
{
    if (!use_environment)
        return NULL;
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

/* A whole decimal number in the range of int. */
int
_Py_str_to_int(const char *str, int *result)
{
    char *end;
    errno = 0;
    long value = strtol(str, &end, 10);
    if (*end != '\0' || errno == ERANGE || value < INT_MIN || value > INT_MAX)
        return -1;
    *result = (int)value;
    return 0;
}

/* Raises *flag to the variable's number; text that is none counts as 1. */
void
_Py_get_env_flag(int use_environment, int *flag, const char *name)
{
    const char *text = _Py_GetEnv(use_environment, name);
    if (text == NULL)
        return;
    int value;
    if (_Py_str_to_int(text, &value) < 0 || value < 0)
        value = 1;
    if (*flag < value)
        *flag = value;
}

/* The last "-X name" or "-X name=value" given, or NULL. */
const wchar_t *
_Py_get_xoption(const PyWideStringList *xoptions, const wchar_t *name)
{
    size_t length = wcslen(name);
    for (Py_ssize_t i = 0; i < xoptions->length; i++) {
        const wchar_t *option = xoptions->items[i];
        if (wcsncmp(option, name, length) == 0 && (option[length] == L'\0' || option[length] == L'='))
            return option;
    }
    return NULL;
}
