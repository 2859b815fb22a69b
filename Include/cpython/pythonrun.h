/* SPDX-License-Identifier: MIT */
/* Running files and strings; the short names fill in the usual arguments. */
#ifndef Py_CPYTHON_PYTHONRUN_H
#error "include <pythonrun.h>, it brings this file in"
#endif

#ifdef __cplusplus
extern "C" {
#endif

PyAPI_DATA(PyThreadState *) _PyOS_ReadlineTState;
PyAPI_DATA(char) *(*PyOS_ReadlineFunctionPointer)(FILE *, FILE *, const char *);

PyAPI_FUNC(int) PyRun_SimpleStringFlags(const char *, PyCompilerFlags *);
PyAPI_FUNC(int) _PyRun_SimpleFileObject(FILE *fp, PyObject *filename, int closeit,
    PyCompilerFlags *flags);
PyAPI_FUNC(int) PyRun_AnyFileExFlags(FILE *fp, const char *filename, int closeit,
    PyCompilerFlags *flags);
PyAPI_FUNC(int) _PyRun_AnyFileObject(FILE *fp, PyObject *filename, int closeit,
    PyCompilerFlags *flags);
PyAPI_FUNC(int) PyRun_SimpleFileExFlags(FILE *fp, const char *filename, int closeit,
    PyCompilerFlags *flags);
PyAPI_FUNC(int) PyRun_InteractiveOneFlags(FILE *fp, const char *filename, PyCompilerFlags *flags);
PyAPI_FUNC(int) PyRun_InteractiveOneObject(FILE *fp, PyObject *filename, PyCompilerFlags *flags);
PyAPI_FUNC(int) PyRun_InteractiveLoopFlags(FILE *fp, const char *filename, PyCompilerFlags *flags);
PyAPI_FUNC(int) _PyRun_InteractiveLoopObject(FILE *fp, PyObject *filename, PyCompilerFlags *flags);
PyAPI_FUNC(PyObject *) PyRun_StringFlags(const char *, int, PyObject *, PyObject *,
    PyCompilerFlags *);
PyAPI_FUNC(PyObject *) PyRun_FileExFlags(FILE *fp, const char *filename, int start,
    PyObject *globals, PyObject *locals, int closeit, PyCompilerFlags *flags);
PyAPI_FUNC(PyObject *) Py_CompileStringExFlags(const char *str, const char *filename, int start,
    PyCompilerFlags *flags, int optimize);
PyAPI_FUNC(PyObject *) Py_CompileStringObject(const char *str, PyObject *filename, int start,
    PyCompilerFlags *flags, int optimize);
PyAPI_FUNC(const char *) _Py_SourceAsString(PyObject *cmd, const char *funcname, const char *what,
    PyCompilerFlags *cf, PyObject **cmd_copy);
PyAPI_FUNC(PyObject *) PyRun_String(const char *str, int s, PyObject *g, PyObject *l);
PyAPI_FUNC(int) PyRun_AnyFile(FILE *fp, const char *name);
PyAPI_FUNC(int) PyRun_AnyFileEx(FILE *fp, const char *name, int closeit);
PyAPI_FUNC(int) PyRun_AnyFileFlags(FILE *, const char *, PyCompilerFlags *);
PyAPI_FUNC(int) PyRun_SimpleString(const char *s);
PyAPI_FUNC(int) PyRun_SimpleFile(FILE *f, const char *p);
PyAPI_FUNC(int) PyRun_SimpleFileEx(FILE *f, const char *p, int c);
PyAPI_FUNC(int) PyRun_InteractiveOne(FILE *f, const char *p);
PyAPI_FUNC(int) PyRun_InteractiveLoop(FILE *f, const char *p);
PyAPI_FUNC(PyObject *) PyRun_File(FILE *fp, const char *p, int s, PyObject *g, PyObject *l);
PyAPI_FUNC(PyObject *) PyRun_FileEx(FILE *fp, const char *p, int s, PyObject *g, PyObject *l,
    int c);
PyAPI_FUNC(PyObject *) PyRun_FileFlags(FILE *fp, const char *p, int s, PyObject *g, PyObject *l,
    PyCompilerFlags *flags);
PyAPI_FUNC(char *) PyOS_Readline(FILE *, FILE *, const char *);

#define Py_CompileString(text, name, start) \
    Py_CompileStringExFlags(text, name, start, NULL, -1)
#define Py_CompileStringFlags(text, name, start, flags) \
    Py_CompileStringExFlags(text, name, start, flags, -1)
#define PyRun_String(text, start, globals, locals) \
    PyRun_StringFlags(text, start, globals, locals, NULL)
#define PyRun_SimpleString(text) PyRun_SimpleStringFlags(text, NULL)
#define PyRun_SimpleFile(file, name) PyRun_SimpleFileExFlags(file, name, 0, NULL)
#define PyRun_SimpleFileEx(file, name, close) PyRun_SimpleFileExFlags(file, name, close, NULL)
#define PyRun_AnyFile(file, name) PyRun_AnyFileExFlags(file, name, 0, NULL)
#define PyRun_AnyFileEx(file, name, close) PyRun_AnyFileExFlags(file, name, close, NULL)
#define PyRun_AnyFileFlags(file, name, flags) PyRun_AnyFileExFlags(file, name, 0, flags)
#define PyRun_InteractiveOne(file, name) PyRun_InteractiveOneFlags(file, name, NULL)
#define PyRun_InteractiveLoop(file, name) PyRun_InteractiveLoopFlags(file, name, NULL)
#define PyRun_File(file, name, start, globals, locals) \
    PyRun_FileExFlags(file, name, start, globals, locals, 0, NULL)
#define PyRun_FileEx(file, name, start, globals, locals, close) \
    PyRun_FileExFlags(file, name, start, globals, locals, close, NULL)
#define PyRun_FileFlags(file, name, start, globals, locals, flags) \
    PyRun_FileExFlags(file, name, start, globals, locals, 0, flags)

#ifdef __cplusplus
}
#endif
