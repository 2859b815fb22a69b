/* SPDX-License-Identifier: MIT */
/* Builtins that make or run code: compile, eval, exec, __build_class__, __import__. */
#include "Python.h"
#include "ks_ast.h"
#include "pycore_call.h"
#include "pycore_ceval.h"
#include "pycore_compile.h"
#include "pycore_initconfig.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"
#include "pycore_pystate.h"
#include "pycore_tuple.h"
#include "ks_args.h"
#include "ks_base.h"
#include "ks_builtins.h"
#include "ks_run.h"

/* ---- source text ---- */

/* The text of a str or buffer as C string; what and funcname are for the message. *copy holds it. */
const char *
_Py_SourceAsString(PyObject *source, const char *funcname, const char *what, PyCompilerFlags *flags,
                   PyObject **copy)
{
    Py_ssize_t size;
    const char *text;
    *copy = NULL;
    if (PyUnicode_Check(source)) {
        flags->cf_flags |= PyCF_IGNORE_COOKIE;
        text = PyUnicode_AsUTF8AndSize(source, &size);
        if (text == NULL)
            return NULL;
    } else if (PyBytes_Check(source)) {
        text = PyBytes_AS_STRING(source);
        size = PyBytes_GET_SIZE(source);
    } else if (PyByteArray_Check(source)) {
        text = PyByteArray_AS_STRING(source);
        size = PyByteArray_GET_SIZE(source);
    } else {
        Py_buffer view;
        if (PyObject_GetBuffer(source, &view, PyBUF_SIMPLE) != 0) {
            if (PyErr_ExceptionMatches(PyExc_TypeError))
                PyErr_Format(PyExc_TypeError, "%s() arg 1 must be a %s object", funcname, what);
            return NULL;
        }
        *copy = PyBytes_FromStringAndSize((const char *)view.buf, view.len);
        PyBuffer_Release(&view);
        if (*copy == NULL)
            return NULL;
        text = PyBytes_AS_STRING(*copy);
        size = PyBytes_GET_SIZE(*copy);
    }
    if (strlen(text) != (size_t)size) {
        PyErr_SetString(PyExc_ValueError, "source code string cannot contain null bytes");
        Py_CLEAR(*copy);
        return NULL;
    }
    return text;
}

/* ---- compile ---- */

typedef struct CompileArgs {
    PyObject *source, *filename;
    const char *mode;
    int flags, dont_inherit, optimize, feature_version;
} CompileArgs;

static const KsParam compile_params[] = {
    PARAM(CompileArgs, source, ARG_OBJECT, 1),
    PARAM(CompileArgs, filename, ARG_OBJECT, 1),
    PARAM(CompileArgs, mode, ARG_TEXT, 1),
    PARAM(CompileArgs, flags, ARG_INT, 0),
    PARAM(CompileArgs, dont_inherit, ARG_BOOL, 0),
    PARAM(CompileArgs, optimize, ARG_INT, 0),
    {"_feature_version", offsetof(CompileArgs, feature_version), ARG_INT, 0, 1},
    PARAM_END,
};

/* Which grammar start a mode names; -1 with ValueError. */
static int
mode_number(const char *mode, int ast_only)
{
    static const char *const names[] = {"exec", "eval", "single", "func_type"};
    for (int i = 0; i < 4; i++) {
        if (strcmp(mode, names[i]) != 0)
            continue;
        if (i == 3 && !ast_only) {
            PyErr_SetString(PyExc_ValueError,
                            "compile() mode 'func_type' requires flag PyCF_ONLY_AST");
            return -1;
        }
        return i;
    }
    PyErr_SetString(PyExc_ValueError,
                    ast_only ? "compile() mode must be 'exec', 'eval', 'single' or 'func_type'"
                             : "compile() mode must be 'exec', 'eval' or 'single'");
    return -1;
}

static PyObject *
builtin_compile(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const int starts[] = {Py_file_input, Py_eval_input, Py_single_input, Py_func_type_input};
    CompileArgs in = {.optimize = -1, .feature_version = -1};
    if (!ks_args_parse("compile", compile_params, args, nargs, kwnames, &in))
        return NULL;
    PyObject *converted = NULL;
    if (!PyUnicode_FSDecoder(in.filename, &converted))
        return NULL;
    KS_OWNED PyObject *filename = converted;

    PyCompilerFlags flags = {in.flags | PyCF_SOURCE_IS_UTF8, PY_MINOR_VERSION};
    if (in.feature_version >= 0 && (in.flags & PyCF_ONLY_AST))
        flags.cf_feature_version = in.feature_version;
    if (in.flags & ~(PyCF_MASK | PyCF_MASK_OBSOLETE | PyCF_COMPILE_MASK)) {
        PyErr_SetString(PyExc_ValueError, "compile(): unrecognised flags");
        return NULL;
    }
    if (in.optimize < -1 || in.optimize > 2) {
        PyErr_SetString(PyExc_ValueError, "compile(): invalid optimize value");
        return NULL;
    }
    if (!in.dont_inherit)
        PyEval_MergeCompilerFlags(&flags);
    int mode = mode_number(in.mode, in.flags & PyCF_ONLY_AST);
    if (mode < 0)
        return NULL;
    int is_ast = ks_ast_check(in.source);
    if (is_ast < 0)
        return NULL;
    if (is_ast) {
        if (in.flags & PyCF_ONLY_AST)
            return Py_NewRef(in.source);
        return ks_run_compile_object(in.source, filename, mode, &flags, in.optimize);
    }
    KS_OWNED PyObject *copy = NULL;
    const char *text = _Py_SourceAsString(in.source, "compile", "string, bytes or AST", &flags, &copy);
    if (text == NULL)
        return NULL;
    return Py_CompileStringObject(text, filename, starts[mode], &flags, in.optimize);
}

/* ---- eval and exec ---- */

static int
add_builtins(PyThreadState *tstate, PyObject *globals)
{
    int has = PyDict_Contains(globals, &_Py_ID(__builtins__));
    if (has != 0)
        return has < 0 ? -1 : 0;
    return PyDict_SetItem(globals, &_Py_ID(__builtins__), PyEval_GetBuiltins());
}

/* Where to run: what was given, or the caller's namespaces. Borrowed. */
static int
namespaces(const char *function, PyObject **globals, PyObject **locals)
{
    if (*globals == Py_None) {
        *globals = PyEval_GetGlobals();
        if (*locals == Py_None)
            *locals = *globals == NULL ? NULL : PyEval_GetLocals();
        if (*globals == NULL || *locals == NULL) {
            if (!PyErr_Occurred())
                PyErr_Format(strcmp(function, "eval") == 0 ? PyExc_TypeError : PyExc_SystemError,
                             strcmp(function, "eval") == 0
                                 ? "eval must be given globals and locals when called without a frame"
                                 : "globals and locals cannot be NULL");
            return -1;
        }
        return 0;
    }
    if (*locals == Py_None)
        *locals = *globals;
    return 0;
}

static PyObject *
builtin_eval(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("eval", nargs, 1, 3))
        return NULL;
    PyObject *source = args[0], *globals = nargs > 1 ? args[1] : Py_None,
             *locals = nargs > 2 ? args[2] : Py_None;
    if (locals != Py_None && !PyMapping_Check(locals)) {
        PyErr_SetString(PyExc_TypeError, "locals must be a mapping");
        return NULL;
    }
    if (globals != Py_None && !PyDict_Check(globals)) {
        PyErr_SetString(PyExc_TypeError, PyMapping_Check(globals)
                            ? "globals must be a real dict; try eval(code, {}, mapping)"
                            : "globals must be a dict");
        return NULL;
    }
    if (namespaces("eval", &globals, &locals) < 0 || add_builtins(_PyThreadState_GET(), globals) < 0)
        return NULL;
    if (PyCode_Check(source)) {
        if (PySys_Audit("exec", "O", source) < 0)
            return NULL;
        if (PyCode_GetNumFree((PyCodeObject *)source) > 0) {
            PyErr_SetString(PyExc_TypeError,
                            "code object passed to eval() may not contain free variables");
            return NULL;
        }
        return PyEval_EvalCode(source, globals, locals);
    }
    PyCompilerFlags flags = _PyCompilerFlags_INIT;
    flags.cf_flags = PyCF_SOURCE_IS_UTF8;
    KS_OWNED PyObject *copy = NULL;
    const char *text = _Py_SourceAsString(source, "eval", "string, bytes or code", &flags, &copy);
    if (text == NULL)
        return NULL;
    while (*text == ' ' || *text == '\t')
        text++;
    PyEval_MergeCompilerFlags(&flags);
    return PyRun_StringFlags(text, Py_eval_input, globals, locals, &flags);
}

typedef struct ExecArgs {
    PyObject *source, *globals, *locals, *closure;
} ExecArgs;

static const KsParam exec_params[] = {
    PARAM_POS(ExecArgs, source, ARG_OBJECT, 1),
    PARAM_POS(ExecArgs, globals, ARG_OBJECT, 0),
    PARAM_POS(ExecArgs, locals, ARG_OBJECT, 0),
    PARAM_KWONLY(ExecArgs, closure, ARG_OBJECT, 0),
    PARAM_END,
};

/* The cells for a code object's free variables, or none if it has none. */
static int
closure_check(PyCodeObject *code, PyObject *closure)
{
    Py_ssize_t free_count = PyCode_GetNumFree(code);
    if (free_count == 0) {
        if (closure == NULL)
            return 0;
        PyErr_SetString(PyExc_TypeError, "cannot use a closure with this code object");
        return -1;
    }
    int good = closure != NULL && PyTuple_CheckExact(closure) && PyTuple_GET_SIZE(closure) == free_count;
    for (Py_ssize_t i = 0; good && i < free_count; i++)
        good = PyCell_Check(PyTuple_GET_ITEM(closure, i));
    if (!good) {
        PyErr_Format(PyExc_TypeError, "code object requires a closure of exactly length %zd", free_count);
        return -1;
    }
    return 0;
}

static PyObject *
exec_code(PyObject *code, PyObject *globals, PyObject *locals, PyObject *closure)
{
    if (closure_check((PyCodeObject *)code, closure) < 0 || PySys_Audit("exec", "O", code) < 0)
        return NULL;
    if (closure == NULL)
        return PyEval_EvalCode(code, globals, locals);
    return PyEval_EvalCodeEx(code, globals, locals, NULL, 0, NULL, 0, NULL, 0, NULL, closure);
}

static PyObject *
builtin_exec(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    ExecArgs in = {NULL, Py_None, Py_None, Py_None};
    if (!ks_args_parse("exec", exec_params, args, nargs, kwnames, &in)
        || namespaces("exec", &in.globals, &in.locals) < 0)
        return NULL;
    if (!PyDict_Check(in.globals)) {
        PyErr_Format(PyExc_TypeError, "exec() globals must be a dict, not %.100s",
                     Py_TYPE(in.globals)->tp_name);
        return NULL;
    }
    if (!PyMapping_Check(in.locals)) {
        PyErr_Format(PyExc_TypeError, "locals must be a mapping or None, not %.100s",
                     Py_TYPE(in.locals)->tp_name);
        return NULL;
    }
    if (add_builtins(_PyThreadState_GET(), in.globals) < 0)
        return NULL;
    PyObject *closure = in.closure == Py_None ? NULL : in.closure;
    KS_OWNED PyObject *result = NULL;
    if (PyCode_Check(in.source)) {
        result = exec_code(in.source, in.globals, in.locals, closure);
    } else {
        if (closure != NULL) {
            PyErr_SetString(PyExc_TypeError,
                            "closure can only be used when source is a code object");
            return NULL;
        }
        PyCompilerFlags flags = _PyCompilerFlags_INIT;
        flags.cf_flags = PyCF_SOURCE_IS_UTF8;
        KS_OWNED PyObject *copy = NULL;
        const char *text = _Py_SourceAsString(in.source, "exec", "string, bytes or code", &flags, &copy);
        if (text == NULL)
            return NULL;
        PyEval_MergeCompilerFlags(&flags);
        result = PyRun_StringFlags(text, Py_file_input, in.globals, in.locals, &flags);
    }
    if (result == NULL)
        return NULL;
    Py_RETURN_NONE;
}

/* ---- classes ---- */

/* The bases with those replaced that have __mro_entries__; a new reference, the same tuple if none
 * has. */
static PyObject *
resolve_bases(PyObject *bases)
{
    KS_OWNED PyObject *list = NULL;
    Py_ssize_t count = PyTuple_GET_SIZE(bases);
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *base = PyTuple_GET_ITEM(bases, i);
        KS_OWNED PyObject *method = NULL;
        if (!PyType_Check(base) && _PyObject_LookupAttr(base, &_Py_ID(__mro_entries__), &method) < 0)
            return NULL;
        if (method == NULL) {
            if (list != NULL && PyList_Append(list, base) < 0)
                return NULL;
            continue;
        }
        KS_OWNED PyObject *entries = PyObject_CallOneArg(method, bases);
        if (entries == NULL)
            return NULL;
        if (!PyTuple_Check(entries)) {
            PyErr_SetString(PyExc_TypeError, "__mro_entries__ must return a tuple");
            return NULL;
        }
        if (list == NULL) {
            list = PyList_New(i);
            if (list == NULL)
                return NULL;
            for (Py_ssize_t j = 0; j < i; j++)
                PyList_SET_ITEM(list, j, Py_NewRef(PyTuple_GET_ITEM(bases, j)));
        }
        Py_ssize_t end = PyList_GET_SIZE(list);
        if (PyList_SetSlice(list, end, end, entries) < 0)
            return NULL;
    }
    return list == NULL ? Py_NewRef(bases) : PyList_AsTuple(list);
}

/* The compiler leaves the class cell in the body's result; it must hold the class by now. */
static int
check_class_cell(PyObject *cell, PyObject *cls, PyObject *name)
{
    PyObject *held = PyCell_GET(cell);
    if (held == cls)
        return 0;
    if (held == NULL)
        PyErr_Format(PyExc_RuntimeError,
                     "__class__ not set defining %.200R as %.200R. "
                     "Was __classcell__ propagated to type.__new__?", name, cls);
    else
        PyErr_Format(PyExc_TypeError, "__class__ set to %.200R defining %.200R as %.200R", held, name, cls);
    return -1;
}

/* The namespace that the metaclass wants the body to run in. */
static PyObject *
prepare_namespace(PyObject *meta, int meta_is_class, PyObject *name, PyObject *bases, PyObject *keywords)
{
    KS_OWNED PyObject *prepare = NULL;
    if (_PyObject_LookupAttr(meta, &_Py_ID(__prepare__), &prepare) < 0)
        return NULL;
    if (prepare == NULL)
        return PyDict_New();
    PyObject *args[] = {name, bases};
    KS_OWNED PyObject *namespace = PyObject_VectorcallDict(prepare, args, 2, keywords);
    if (namespace != NULL && !PyMapping_Check(namespace)) {
        PyErr_Format(PyExc_TypeError, "%.200s.__prepare__() must return a mapping, not %.200s",
                     meta_is_class ? ((PyTypeObject *)meta)->tp_name : "<metaclass>",
                     Py_TYPE(namespace)->tp_name);
        return NULL;
    }
    return ks_give(&namespace);
}

static PyObject *
make_class(PyObject *meta, PyObject *name, PyObject *bases, PyObject *original_bases,
           PyObject *namespace, PyObject *keywords, PyObject *cell)
{
    if (bases != original_bases
        && PyMapping_SetItemString(namespace, "__orig_bases__", original_bases) < 0)
        return NULL;
    PyObject *args[] = {name, bases, namespace};
    KS_OWNED PyObject *cls = PyObject_VectorcallDict(meta, args, 3, keywords);
    if (cls == NULL)
        return NULL;
    if (PyType_Check(cls) && PyCell_Check(cell) && check_class_cell(cell, cls, name) < 0)
        return NULL;
    return ks_give(&cls);
}

/* __build_class__(body, name, *bases, metaclass=..., **keywords) */
static PyObject *
builtin_build_class(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    if (nargs < 2) {
        PyErr_SetString(PyExc_TypeError, "__build_class__: not enough arguments");
        return NULL;
    }
    PyObject *body = args[0], *name = args[1];
    if (!PyFunction_Check(body)) {
        PyErr_SetString(PyExc_TypeError, "__build_class__: func must be a function");
        return NULL;
    }
    if (!PyUnicode_Check(name)) {
        PyErr_SetString(PyExc_TypeError, "__build_class__: name is not a string");
        return NULL;
    }
    KS_OWNED PyObject *original_bases = _PyTuple_FromArray(args + 2, nargs - 2);
    if (original_bases == NULL)
        return NULL;
    KS_OWNED PyObject *bases = resolve_bases(original_bases);
    if (bases == NULL)
        return NULL;

    KS_OWNED PyObject *keywords = NULL, *meta = NULL;
    if (kwnames != NULL && PyTuple_GET_SIZE(kwnames) > 0) {
        keywords = _PyStack_AsDict(args + nargs, kwnames);
        if (keywords == NULL)
            return NULL;
        meta = Py_XNewRef(PyDict_GetItemWithError(keywords, &_Py_ID(metaclass)));
        if (meta == NULL ? PyErr_Occurred() != NULL : PyDict_DelItem(keywords, &_Py_ID(metaclass)) < 0)
            return NULL;
    }
    int meta_is_class = meta == NULL || PyType_Check(meta);
    if (meta == NULL)
        meta = Py_NewRef(PyTuple_GET_SIZE(bases) == 0 ? (PyObject *)&PyType_Type
                                                      : (PyObject *)Py_TYPE(PyTuple_GET_ITEM(bases, 0)));
    if (meta_is_class) {
        PyObject *winner = (PyObject *)_PyType_CalculateMetaclass((PyTypeObject *)meta, bases);
        if (winner == NULL)
            return NULL;
        Py_SETREF(meta, Py_NewRef(winner));
    }
    KS_OWNED PyObject *namespace = prepare_namespace(meta, meta_is_class, name, bases, keywords);
    if (namespace == NULL)
        return NULL;
    KS_OWNED PyObject *cell =
        _PyEval_Vector(_PyThreadState_GET(), (PyFunctionObject *)body, namespace, NULL, 0, NULL);
    if (cell == NULL)
        return NULL;
    return make_class(meta, name, bases, original_bases, namespace, keywords, cell);
}

/* ---- __import__ ---- */

typedef struct ImportArgs {
    PyObject *name, *globals, *locals, *fromlist;
    int level;
} ImportArgs;

static const KsParam import_params[] = {
    PARAM(ImportArgs, name, ARG_OBJECT, 1),     PARAM(ImportArgs, globals, ARG_OBJECT, 0),
    PARAM(ImportArgs, locals, ARG_OBJECT, 0),   PARAM(ImportArgs, fromlist, ARG_OBJECT, 0),
    PARAM(ImportArgs, level, ARG_INT, 0),       PARAM_END,
};

static PyObject *
builtin_import(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    ImportArgs in = {0};
    if (!ks_args_parse("__import__", import_params, args, nargs, kwnames, &in))
        return NULL;
    return PyImport_ImportModuleLevelObject(in.name, in.globals, in.locals, in.fromlist, in.level);
}

PyMethodDef ks_builtins_code_methods[] = {
    METHOD_PLAIN("__build_class__", builtin_build_class, METH_FASTCALL | METH_KEYWORDS,
                 "__build_class__(func, name, /, *bases, [metaclass], **kwds) -> class\n\n"
                 "What the class statement calls."),
    METHOD("__import__", builtin_import, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, name, globals=None, locals=None, fromlist=(),\n           level=0)",
           "What the import statement calls.\n\n"
           "Answers the first package of a dotted name, or with a fromlist the named module itself.\n"
           "level counts the dots of a relative import."),
    METHOD("compile", builtin_compile, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, source, filename, mode, flags=0,\n        dont_inherit=False, optimize=-1, *, _feature_version=-1)",
           "Turn source text or a syntax tree into a code object.\n\n"
           "mode is 'exec' for statements, 'eval' for an expression, 'single' for one interactive\n"
           "statement."),
    METHOD("eval", builtin_eval, METH_FASTCALL, "($module, source, globals=None, locals=None, /)",
           "The value of an expression, given as text or code object."),
    METHOD("exec", builtin_exec, METH_FASTCALL | METH_KEYWORDS,
           "($module, source, globals=None, locals=None, /, *, closure=None)",
           "Execute statements, given as text or code object."),
    {NULL, NULL, 0, NULL},
};
