/* SPDX-License-Identifier: MIT */
/* The short forms of PyRun_* that headers offer as macros, as functions for those who take their
 * address or were compiled before the macros. */
#include "Python.h"

#undef PyRun_AnyFile
#undef PyRun_AnyFileEx
#undef PyRun_AnyFileFlags
#undef PyRun_File
#undef PyRun_FileEx
#undef PyRun_FileFlags
#undef PyRun_InteractiveLoop
#undef PyRun_InteractiveOne
#undef PyRun_SimpleFile
#undef PyRun_SimpleFileEx
#undef PyRun_SimpleString
#undef PyRun_String
#undef Py_CompileString
#undef Py_CompileStringFlags

int
PyRun_AnyFile(FILE *fp, const char *name)
{
    return PyRun_AnyFileExFlags(fp, name, 0, NULL);
}

int
PyRun_AnyFileEx(FILE *fp, const char *name, int closeit)
{
    return PyRun_AnyFileExFlags(fp, name, closeit, NULL);
}

int
PyRun_AnyFileFlags(FILE *fp, const char *name, PyCompilerFlags *flags)
{
    return PyRun_AnyFileExFlags(fp, name, 0, flags);
}

PyObject *
PyRun_File(FILE *fp, const char *name, int start, PyObject *globals, PyObject *locals)
{
    return PyRun_FileExFlags(fp, name, start, globals, locals, 0, NULL);
}

PyObject *
PyRun_FileEx(FILE *fp, const char *name, int start, PyObject *globals, PyObject *locals, int closeit)
{
    return PyRun_FileExFlags(fp, name, start, globals, locals, closeit, NULL);
}

PyObject *
PyRun_FileFlags(FILE *fp, const char *name, int start, PyObject *globals, PyObject *locals,
                PyCompilerFlags *flags)
{
    return PyRun_FileExFlags(fp, name, start, globals, locals, 0, flags);
}

int
PyRun_InteractiveLoop(FILE *fp, const char *name)
{
    return PyRun_InteractiveLoopFlags(fp, name, NULL);
}

int
PyRun_InteractiveOne(FILE *fp, const char *name)
{
    return PyRun_InteractiveOneFlags(fp, name, NULL);
}

int
PyRun_SimpleFile(FILE *fp, const char *name)
{
    return PyRun_SimpleFileExFlags(fp, name, 0, NULL);
}

int
PyRun_SimpleFileEx(FILE *fp, const char *name, int closeit)
{
    return PyRun_SimpleFileExFlags(fp, name, closeit, NULL);
}

int
PyRun_SimpleString(const char *text)
{
    return PyRun_SimpleStringFlags(text, NULL);
}

PyObject *
PyRun_String(const char *text, int start, PyObject *globals, PyObject *locals)
{
    return PyRun_StringFlags(text, start, globals, locals, NULL);
}

PyObject *
Py_CompileString(const char *text, const char *filename, int start)
{
    return Py_CompileStringExFlags(text, filename, start, NULL, -1);
}

PyAPI_FUNC(PyObject *)
Py_CompileStringFlags(const char *text, const char *filename, int start, PyCompilerFlags *flags);

PyObject *
Py_CompileStringFlags(const char *text, const char *filename, int start, PyCompilerFlags *flags)
{
    return Py_CompileStringExFlags(text, filename, start, flags, -1);
}
