/* SPDX-License-Identifier: MIT */
/* PyRun_* and Py_CompileString*: from source text, a file or a syntax tree to code and its result. */
#include "Python.h"
#include "pycore_ceval.h"
#include "pycore_code.h"
#include "pycore_initconfig.h"
#include "pycore_interp.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"
#include "pycore_pylifecycle.h"
#include "pycore_pystate.h"
#include "pycore_sysmodule.h"
#include "ks_ast.h"
#include "ks_base.h"
#include "ks_compile.h"
#include "ks_parser.h"
#include "ks_run.h"

#include "errcode.h"

/* ---- from a tree ---- */

static PyObject *
run_code(PyThreadState *tstate, PyCodeObject *code, PyObject *globals, PyObject *locals)
{
    int has = PyDict_Contains(globals, &_Py_ID(__builtins__));
    if (has < 0
        || (!has && PyDict_SetItem(globals, &_Py_ID(__builtins__), tstate->interp->builtins) < 0))
        return NULL;
    PyObject *result = PyEval_EvalCode((PyObject *)code, globals, locals);
    /* An interrupt that nobody caught also ends the process as one. */
    if (result == NULL && _PyErr_Occurred(tstate) == PyExc_KeyboardInterrupt)
        _Py_UnhandledKeyboardInterrupt = 1;
    return result;
}

static PyObject *
run_tree(KsMod *mod, PyObject *filename, PyObject *globals, PyObject *locals, PyCompilerFlags *flags,
         KsArena *arena)
{
    PyThreadState *tstate = _PyThreadState_GET();
    PyCodeObject *code = ks_compile_ast(mod, filename, flags, -1, arena);
    if (code == NULL)
        return NULL;
    PyObject *result = NULL;
    if (_PySys_Audit(tstate, "exec", "O", code) == 0)
        result = run_code(tstate, code, globals, locals);
    Py_DECREF(code);
    return result;
}

PyObject *
ks_run_compile_object(PyObject *ast, PyObject *filename, int mode, PyCompilerFlags *flags, int optimize)
{
    KsArena *arena = ks_arena_new();
    if (arena == NULL)
        return NULL;
    PyCodeObject *code = NULL;
    KsMod *mod = ks_ast_from_object(ast, arena, mode);
    if (mod != NULL && ks_ast_validate(mod))
        code = ks_compile_ast(mod, filename, flags, optimize, arena);
    ks_arena_free(arena);
    return (PyObject *)code;
}

/* ---- from text ---- */

PyObject *
PyRun_StringFlags(const char *str, int start, PyObject *globals, PyObject *locals, PyCompilerFlags *flags)
{
    KsArena *arena = ks_arena_new();
    if (arena == NULL)
        return NULL;
    PyObject *result = NULL, *filename = &_Py_STR(anon_string);
    KsMod *mod = ks_parse_string(str, filename, start, flags, arena);
    if (mod != NULL)
        result = run_tree(mod, filename, globals, locals, flags, arena);
    ks_arena_free(arena);
    return result;
}

PyObject *
Py_CompileStringObject(const char *str, PyObject *filename, int start, PyCompilerFlags *flags, int optimize)
{
    KsArena *arena = ks_arena_new();
    if (arena == NULL)
        return NULL;
    PyObject *result = NULL;
    KsMod *mod = ks_parse_string(str, filename, start, flags, arena);
    if (mod != NULL && flags != NULL && (flags->cf_flags & PyCF_ONLY_AST))
        result = ks_ast_to_object(mod);
    else if (mod != NULL)
        result = (PyObject *)ks_compile_ast(mod, filename, flags, optimize, arena);
    ks_arena_free(arena);
    return result;
}

PyObject *
Py_CompileStringExFlags(const char *str, const char *filename, int start, PyCompilerFlags *flags,
                        int optimize)
{
    KS_OWNED PyObject *name = PyUnicode_DecodeFSDefault(filename);
    return name == NULL ? NULL : Py_CompileStringObject(str, name, start, flags, optimize);
}

int
PyRun_SimpleStringFlags(const char *command, PyCompilerFlags *flags)
{
    PyObject *module = PyImport_AddModule("__main__");
    if (module == NULL)
        return -1;
    PyObject *dict = PyModule_GetDict(module);
    PyObject *result = PyRun_StringFlags(command, Py_file_input, dict, dict, flags);
    if (result == NULL) {
        PyErr_Print();
        return -1;
    }
    Py_DECREF(result);
    return 0;
}

/* ---- from a file ---- */

static PyObject *
run_file(FILE *file, PyObject *filename, int start, PyObject *globals, PyObject *locals, int closeit,
         PyCompilerFlags *flags)
{
    KsArena *arena = ks_arena_new();
    PyObject *result = NULL;
    int status;
    KsMod *mod = arena == NULL ? NULL
                               : ks_parse_file(file, filename, NULL, start, NULL, NULL, flags, &status, arena);
    if (closeit)
        fclose(file);
    if (mod != NULL)
        result = run_tree(mod, filename, globals, locals, flags, arena);
    if (arena != NULL)
        ks_arena_free(arena);
    return result;
}

PyObject *
PyRun_FileExFlags(FILE *fp, const char *filename, int start, PyObject *globals, PyObject *locals,
                  int closeit, PyCompilerFlags *flags)
{
    KS_OWNED PyObject *name = PyUnicode_DecodeFSDefault(filename);
    if (name == NULL) {
        if (closeit)
            fclose(fp);
        return NULL;
    }
    return run_file(fp, name, start, globals, locals, closeit, flags);
}

static int
ends_with(PyObject *name, const char *tail)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(name), count = (Py_ssize_t)strlen(tail);
    if (length < count)
        return 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        if (PyUnicode_READ_CHAR(name, length - count + i) != (Py_UCS4)tail[i])
            return 0;
    }
    return 1;
}

/* A .pyc by its name, or a file that starts with the magic number (looked at only if it can be
 * rewound). */
static int
is_compiled(FILE *file, PyObject *filename, int closeit)
{
    if (ends_with(filename, ".pyc"))
        return 1;
    if (!closeit || ftell(file) != 0)
        return 0;
    unsigned char head[2];
    long magic = PyImport_GetMagicNumber() & 0xFFFF;
    int matches = fread(head, 1, 2, file) == 2 && (head[0] | head[1] << 8) == magic;
    rewind(file);
    return matches;
}

static int
set_main_loader(PyObject *dict, PyObject *filename, const char *loader_name)
{
    PyInterpreterState *interp = _PyInterpreterState_GET();
    KS_OWNED PyObject *external = PyObject_GetAttrString(interp->importlib, "_bootstrap_external");
    KS_OWNED PyObject *type = external == NULL ? NULL : PyObject_GetAttrString(external, loader_name);
    KS_OWNED PyObject *loader = type == NULL ? NULL : PyObject_CallFunction(type, "sO", "__main__", filename);
    return loader == NULL ? -1 : PyDict_SetItemString(dict, "__loader__", loader);
}

PyObject *PyMarshal_ReadLastObjectFromFile(FILE *);
long PyMarshal_ReadLongFromFile(FILE *);

static PyObject *
run_compiled(FILE *file, PyObject *globals, PyObject *locals, PyCompilerFlags *flags)
{
    PyThreadState *tstate = _PyThreadState_GET();
    PyObject *code = NULL, *result = NULL;
    long magic = PyMarshal_ReadLongFromFile(file);
    if (magic != PyImport_GetMagicNumber()) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_RuntimeError, "Bad magic number in .pyc file");
        goto done;
    }
    for (int i = 0; i < 3; i++) /* flags, then time and size or hash of the source */
        (void)PyMarshal_ReadLongFromFile(file);
    if (PyErr_Occurred())
        goto done;
    code = PyMarshal_ReadLastObjectFromFile(file);
    if (code == NULL || !PyCode_Check(code)) {
        if (code != NULL || !PyErr_Occurred())
            PyErr_SetString(PyExc_RuntimeError, "Bad code object in .pyc file");
        goto done;
    }
    fclose(file);
    file = NULL;
    result = run_code(tstate, (PyCodeObject *)code, globals, locals);
    if (result != NULL && flags != NULL)
        flags->cf_flags |= ((PyCodeObject *)code)->co_flags & PyCF_MASK;
done:
    Py_XDECREF(code);
    if (file != NULL)
        fclose(file);
    return result;
}

static void
flush_streams(void)
{
    static const char *const names[] = {"stderr", "stdout"};
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    for (int i = 0; i < 2; i++) {
        PyObject *stream = PySys_GetObject(names[i]);
        PyObject *result = stream == NULL ? NULL : PyObject_CallMethodNoArgs(stream, &_Py_ID(flush));
        if (result == NULL)
            PyErr_Clear();
        Py_XDECREF(result);
    }
    PyErr_Restore(type, value, traceback);
}

/* 0, or -1 after an exception was printed. __file__ stays only if the caller had set it. */
int
_PyRun_SimpleFileObject(FILE *fp, PyObject *filename, int closeit, PyCompilerFlags *flags)
{
    int result = -1, set_file = 0;
    PyObject *module = Py_XNewRef(PyImport_AddModule("__main__"));
    if (module == NULL) {
        if (closeit)
            fclose(fp);
        return -1;
    }
    PyObject *dict = PyModule_GetDict(module), *value = NULL;
    int has_file = PyDict_Contains(dict, &_Py_ID(__file__));
    if (has_file < 0)
        goto done;
    if (!has_file) {
        if (PyDict_SetItem(dict, &_Py_ID(__file__), filename) < 0
            || PyDict_SetItemString(dict, "__cached__", Py_None) < 0)
            goto done;
        set_file = 1;
    }
    if (is_compiled(fp, filename, closeit)) {
        if (closeit)
            fclose(fp);
        closeit = 0;
        fp = _Py_fopen_obj(filename, "rb");
        if (fp == NULL) {
            fprintf(stderr, "python: Can't reopen .pyc file\n");
            goto done;
        }
        if (set_main_loader(dict, filename, "SourcelessFileLoader") < 0) {
            fprintf(stderr, "python: failed to set __main__.__loader__\n");
            fclose(fp);
            goto done;
        }
        value = run_compiled(fp, dict, dict, flags);
    } else {
        if (!_PyUnicode_EqualToASCIIString(filename, "<stdin>")
            && set_main_loader(dict, filename, "SourceFileLoader") < 0) {
            fprintf(stderr, "python: failed to set __main__.__loader__\n");
            goto done;
        }
        value = run_file(fp, filename, Py_file_input, dict, dict, closeit, flags);
        closeit = 0;
    }
    flush_streams();
    if (value != NULL) {
        Py_DECREF(value);
        result = 0;
    } else {
        Py_CLEAR(module);
        PyErr_Print();
    }
done:
    if (closeit)
        fclose(fp);
    if (set_file) {
        if (PyDict_DelItemString(dict, "__file__") < 0)
            PyErr_Clear();
        if (PyDict_DelItemString(dict, "__cached__") < 0)
            PyErr_Clear();
    }
    Py_XDECREF(module);
    return result;
}

int
PyRun_SimpleFileExFlags(FILE *fp, const char *filename, int closeit, PyCompilerFlags *flags)
{
    KS_OWNED PyObject *name = PyUnicode_DecodeFSDefault(filename);
    if (name == NULL) {
        PyErr_Print();
        return -1;
    }
    return _PyRun_SimpleFileObject(fp, name, closeit, flags);
}

int
_PyRun_AnyFileObject(FILE *fp, PyObject *filename, int closeit, PyCompilerFlags *flags)
{
    KS_OWNED PyObject *name = filename != NULL ? Py_NewRef(filename) : PyUnicode_FromString("???");
    if (name == NULL) {
        PyErr_Print();
        return -1;
    }
    if (!_Py_FdIsInteractive(fp, name))
        return _PyRun_SimpleFileObject(fp, name, closeit, flags);
    int result = _PyRun_InteractiveLoopObject(fp, name, flags);
    if (closeit)
        fclose(fp);
    return result;
}

int
PyRun_AnyFileExFlags(FILE *fp, const char *filename, int closeit, PyCompilerFlags *flags)
{
    KS_OWNED PyObject *name = NULL;
    if (filename != NULL) {
        name = PyUnicode_DecodeFSDefault(filename);
        if (name == NULL) {
            PyErr_Print();
            return -1;
        }
    }
    return _PyRun_AnyFileObject(fp, name, closeit, flags);
}

/* ---- interactive ---- */

/* The text of a prompt, NULL without an exception if there is none. */
static const char *
prompt_text(PyObject *name, PyObject **holder)
{
    PyObject *prompt = _PySys_GetAttr(_PyThreadState_GET(), name);
    *holder = prompt == NULL ? NULL : PyObject_Str(prompt);
    const char *text = *holder == NULL || !PyUnicode_Check(*holder) ? NULL : PyUnicode_AsUTF8(*holder);
    if (text == NULL)
        PyErr_Clear();
    return text;
}

/* Reads and runs one statement: 0, E_EOF at the end, -1 with an exception. */
static int
interactive_one(FILE *fp, PyObject *filename, PyCompilerFlags *flags)
{
    PyThreadState *tstate = _PyThreadState_GET();
    KS_OWNED PyObject *ps1_holder = NULL, *ps2_holder = NULL, *encoding_holder = NULL;
    const char *encoding = NULL;
    if (fp == stdin) {
        PyObject *in = _PySys_GetAttr(tstate, &_Py_ID(stdin));
        encoding_holder = in == NULL || in == Py_None ? NULL : PyObject_GetAttr(in, &_Py_ID(encoding));
        if (encoding_holder != NULL && PyUnicode_Check(encoding_holder))
            encoding = PyUnicode_AsUTF8(encoding_holder);
        if (encoding == NULL)
            PyErr_Clear();
    }
    const char *ps1 = prompt_text(&_Py_ID(ps1), &ps1_holder), *ps2 = prompt_text(&_Py_ID(ps2), &ps2_holder);
    KsArena *arena = ks_arena_new();
    if (arena == NULL)
        return -1;
    int status = E_OK;
    KsMod *mod = ks_parse_file(fp, filename, encoding, Py_single_input, ps1 ? ps1 : "", ps2 ? ps2 : "",
                               flags, &status, arena);
    if (mod == NULL) {
        ks_arena_free(arena);
        if (status == E_EOF) {
            PyErr_Clear();
            return E_EOF;
        }
        return -1;
    }
    PyObject *module = PyImport_AddModule("__main__");
    PyObject *dict = module == NULL ? NULL : PyModule_GetDict(module);
    PyObject *result = dict == NULL ? NULL : run_tree(mod, filename, dict, dict, flags, arena);
    ks_arena_free(arena);
    if (result == NULL)
        return -1;
    Py_DECREF(result);
    flush_streams();
    return 0;
}

int
PyRun_InteractiveOneObject(FILE *fp, PyObject *filename, PyCompilerFlags *flags)
{
    PyCompilerFlags local = _PyCompilerFlags_INIT;
    int result = interactive_one(fp, filename, flags != NULL ? flags : &local);
    if (result == -1) {
        PyErr_Print();
        flush_streams();
    }
    return result;
}

int
PyRun_InteractiveOneFlags(FILE *fp, const char *filename, PyCompilerFlags *flags)
{
    KS_OWNED PyObject *name = PyUnicode_DecodeFSDefault(filename);
    if (name == NULL) {
        PyErr_Print();
        return -1;
    }
    return PyRun_InteractiveOneObject(fp, name, flags);
}

static int
ensure_prompt(PyThreadState *tstate, PyObject *name, const char *text)
{
    if (_PySys_GetAttr(tstate, name) != NULL)
        return 0;
    KS_OWNED PyObject *prompt = PyUnicode_FromString(text);
    return prompt == NULL ? -1 : _PySys_SetAttr(name, prompt);
}

int
_PyRun_InteractiveLoopObject(FILE *fp, PyObject *filename, PyCompilerFlags *flags)
{
    PyThreadState *tstate = _PyThreadState_GET();
    PyCompilerFlags local = _PyCompilerFlags_INIT;
    if (flags == NULL)
        flags = &local;
    if (ensure_prompt(tstate, &_Py_ID(ps1), ">>> ") < 0 || ensure_prompt(tstate, &_Py_ID(ps2), "... ") < 0)
        PyErr_Clear();
    int memory_errors = 0;
    for (;;) {
        int result = interactive_one(fp, filename, flags);
        if (result == E_EOF)
            return 0;
        if (result == 0) {
            memory_errors = 0;
            continue;
        }
        /* A prompt that cannot be met again and again ends the loop instead of the disk. */
        if (PyErr_ExceptionMatches(PyExc_MemoryError)) {
            if (++memory_errors > 16) {
                PyErr_Clear();
                return -1;
            }
        } else {
            memory_errors = 0;
        }
        PyErr_Print();
        flush_streams();
    }
}

int
PyRun_InteractiveLoopFlags(FILE *fp, const char *filename, PyCompilerFlags *flags)
{
    KS_OWNED PyObject *name = PyUnicode_DecodeFSDefault(filename);
    if (name == NULL) {
        PyErr_Print();
        return -1;
    }
    return _PyRun_InteractiveLoopObject(fp, name, flags);
}
