/* SPDX-License-Identifier: MIT */
/* Argument parsers as generated wrappers use them. The macros answer the common case in place
 * and call the function of the same name for the rest. */
#ifndef Py_CPYTHON_MODSUPPORT_H
#error "include <modsupport.h>, it brings this file in"
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct _PyArg_Parser {
    const char *format;
    const char *const *keywords;
    const char *fname;
    const char *custom_msg;
    int pos;
    int min;
    int max;
    PyObject *kwtuple;
    struct _PyArg_Parser *next;
} _PyArg_Parser;

PyAPI_DATA(const char *) _Py_PackageContext;

PyAPI_FUNC(PyObject *) _Py_VaBuildValue_SizeT(const char *, va_list);
PyAPI_FUNC(PyObject **) _Py_VaBuildStack_SizeT(PyObject **small_stack, Py_ssize_t small_stack_len,
    const char *format, va_list va, Py_ssize_t *p_nargs);
PyAPI_FUNC(int) _PyArg_UnpackStack(PyObject *const *args, Py_ssize_t nargs, const char *name,
    Py_ssize_t min, Py_ssize_t max, ...);
PyAPI_FUNC(int) _PyArg_NoKeywords(const char *funcname, PyObject *kwargs);
PyAPI_FUNC(int) _PyArg_NoKwnames(const char *funcname, PyObject *kwnames);
PyAPI_FUNC(int) _PyArg_NoPositional(const char *funcname, PyObject *args);
PyAPI_FUNC(void) _PyArg_BadArgument(const char *, const char *, const char *, PyObject *);
PyAPI_FUNC(int) _PyArg_CheckPositional(const char *, Py_ssize_t, Py_ssize_t, Py_ssize_t);
PyAPI_FUNC(PyObject **) _Py_VaBuildStack(PyObject **small_stack, Py_ssize_t small_stack_len,
    const char *format, va_list va, Py_ssize_t *p_nargs);
PyAPI_FUNC(int) _PyArg_ParseTupleAndKeywordsFast(PyObject *, PyObject *, struct _PyArg_Parser *,
    ...);
PyAPI_FUNC(int) _PyArg_ParseTupleAndKeywordsFast_SizeT(PyObject *, PyObject *,
    struct _PyArg_Parser *, ...);
PyAPI_FUNC(int) _PyArg_ParseStack(PyObject *const *args, Py_ssize_t nargs, const char *format, ...);
PyAPI_FUNC(int) _PyArg_ParseStack_SizeT(PyObject *const *args, Py_ssize_t nargs, const char *format,
    ...);
PyAPI_FUNC(int) _PyArg_ParseStackAndKeywords(PyObject *const *args, Py_ssize_t nargs,
    PyObject *kwnames, struct _PyArg_Parser *, ...);
PyAPI_FUNC(int) _PyArg_ParseStackAndKeywords_SizeT(PyObject *const *args, Py_ssize_t nargs,
    PyObject *kwnames, struct _PyArg_Parser *, ...);
PyAPI_FUNC(int) _PyArg_VaParseTupleAndKeywordsFast(PyObject *, PyObject *, struct _PyArg_Parser *,
    va_list);
PyAPI_FUNC(int) _PyArg_VaParseTupleAndKeywordsFast_SizeT(PyObject *, PyObject *,
    struct _PyArg_Parser *, va_list);
PyAPI_FUNC(PyObject *const *) _PyArg_UnpackKeywords(PyObject *const *args, Py_ssize_t nargs,
    PyObject *kwargs, PyObject *kwnames, struct _PyArg_Parser *parser, int minpos, int maxpos,
    int minkw, PyObject **buf);
PyAPI_FUNC(PyObject *const *) _PyArg_UnpackKeywordsWithVararg(PyObject *const *args,
    Py_ssize_t nargs, PyObject *kwargs, PyObject *kwnames, struct _PyArg_Parser *parser, int minpos,
    int maxpos, int minkw, int vararg, PyObject **buf);
PyAPI_FUNC(PyObject *) _PyModule_CreateInitialized(PyModuleDef *, int apiver);

#ifdef PY_SSIZE_T_CLEAN
#define _Py_VaBuildStack _Py_VaBuildStack_SizeT
#define _PyArg_ParseTupleAndKeywordsFast _PyArg_ParseTupleAndKeywordsFast_SizeT
#define _PyArg_ParseStack _PyArg_ParseStack_SizeT
#define _PyArg_ParseStackAndKeywords _PyArg_ParseStackAndKeywords_SizeT
#define _PyArg_VaParseTupleAndKeywordsFast _PyArg_VaParseTupleAndKeywordsFast_SizeT
#endif

#define _PyArg_NoKeywords(function, keywords) \
    ((keywords) == NULL || _PyArg_NoKeywords((function), (keywords)))
#define _PyArg_NoKwnames(function, names) \
    ((names) == NULL || _PyArg_NoKwnames((function), (names)))
#define _PyArg_NoPositional(function, arguments) \
    ((arguments) == NULL || _PyArg_NoPositional((function), (arguments)))
#define _PyArg_CheckPositional(function, count, least, most)                       \
    (((least) <= (count) && (count) <= (most) && !ANY_VARARGS(most)) ||            \
     _PyArg_CheckPositional((function), (count), (least), (most)))
#define _PyArg_UnpackKeywords(arguments, count, keywords, names, parser, least, most, required,  \
                              buffer)                                                            \
    ((keywords) == NULL && (names) == NULL && (required) == 0 && (arguments) != NULL &&          \
             (least) <= (count) && (count) <= (most)                                             \
         ? (arguments)                                                                           \
         : _PyArg_UnpackKeywords((arguments), (count), (keywords), (names), (parser), (least),   \
                                 (most), (required), (buffer)))

#ifdef __cplusplus
}
#endif
