/* SPDX-License-Identifier: MIT */
/* Warnings: from a call in C or Python to a filter's decision and a line on stderr, and the
 * _warnings module.
 *
 * Filters are a list of (action, message, category, module, lineno) tuples, shared with the
 * warnings module when that is imported: then its attributes are what counts. A registry (a dict
 * per module, __warningregistry__) remembers what was shown; it is void when the filters' version
 * has changed since. */
#include "Python.h"

#include "frameobject.h"
#include "pycore_frame.h"
#include "pycore_import.h"
#include "pycore_initconfig.h"
#include "pycore_interp.h"
#include "pycore_long.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"
#include "pycore_pylifecycle.h"
#include "pycore_pystate.h"
#include "pycore_sysmodule.h"
#include "pycore_traceback.h"
#include "pycore_warnings.h"

#include "ks_args.h"

typedef struct _warnings_runtime_state WarningsState;

static WarningsState *
warnings_state(void)
{
    return &_PyInterpreterState_GET()->warnings;
}

/* --- state --- */

static PyObject *
filter_new(PyObject *category, PyObject *action, const char *module)
{
    KS_OWNED PyObject *name = module != NULL ? PyUnicode_InternFromString(module)
                                             : Py_NewRef(Py_None);
    KS_OWNED PyObject *zero = PyLong_FromLong(0);
    if (name == NULL || zero == NULL)
        return NULL;
    return PyTuple_Pack(5, action, Py_None, category, name, zero);
}

/* The filters before any option: deprecations show in __main__ only, the quiet kinds not at all. */
static PyObject *
filters_new(void)
{
    const struct {
        PyObject *category, *action;
        const char *module;
    } rows[] = {
        {PyExc_DeprecationWarning, &_Py_ID(default), "__main__"},
        {PyExc_DeprecationWarning, &_Py_ID(ignore), NULL},
        {PyExc_PendingDeprecationWarning, &_Py_ID(ignore), NULL},
        {PyExc_ImportWarning, &_Py_ID(ignore), NULL},
        {PyExc_ResourceWarning, &_Py_ID(ignore), NULL},
    };
    PyObject *filters = PyList_New(KS_COUNT_OF(rows));
    for (Py_ssize_t i = 0; filters != NULL && i < KS_COUNT_OF(rows); i++) {
        PyObject *filter = filter_new(rows[i].category, rows[i].action, rows[i].module);
        if (filter == NULL)
            Py_CLEAR(filters);
        else
            PyList_SET_ITEM(filters, i, filter);
    }
    return filters;
}

int
_PyWarnings_InitState(PyInterpreterState *interp)
{
    WarningsState *state = &interp->warnings;
    if (state->filters == NULL && (state->filters = filters_new()) == NULL)
        return -1;
    if (state->once_registry == NULL && (state->once_registry = PyDict_New()) == NULL)
        return -1;
    if (state->default_action == NULL &&
        (state->default_action = PyUnicode_FromString("default")) == NULL)
        return -1;
    state->filters_version = 0;
    return 0;
}

/* The warnings module's attribute if that module is there, new reference; NULL without an exception
 * if not. try_import: the module may be imported for it. */
static PyObject *
module_attribute(PyInterpreterState *interp, PyObject *name, int try_import)
{
    KS_OWNED PyObject *module = NULL;
    if (try_import) {
        module = PyImport_Import(&_Py_ID(warnings));
        if (module == NULL) {
            if (PyErr_ExceptionMatches(PyExc_ImportError))
                PyErr_Clear();
            return NULL;
        }
    }
    else {
        /* At the end, sys.modules may be gone: then there is no module either. */
        PyObject *modules = interp->modules;
        if (modules == NULL || !PyDict_Check(modules))
            return NULL;
        module = Py_XNewRef(PyDict_GetItemWithError(modules, &_Py_ID(warnings)));
        if (module == NULL)
            return NULL;
    }
    PyObject *value;
    (void)_PyObject_LookupAttr(module, name, &value);
    return value;
}

static int
is_warning_instance(PyObject *message)
{
    if (PyObject_IsInstance(message, PyExc_Warning) > 0)
        return 1;
    return PyErr_Occurred() ? -1 : 0;
}

/* --- filters --- */

/* Does the pattern (None: anything; str: equal; else a compiled regex) match? 1, 0, -1. */
static int
pattern_matches(PyObject *pattern, PyObject *text)
{
    if (pattern == Py_None)
        return 1;
    if (PyUnicode_CheckExact(pattern)) {
        int order = PyUnicode_Compare(pattern, text);
        return order == -1 && PyErr_Occurred() ? -1 : order == 0;
    }
    KS_OWNED PyObject *match = PyObject_CallMethodOneArg(pattern, &_Py_ID(match), text);
    return match == NULL ? -1 : PyObject_IsTrue(match);
}

/* Takes over what the warnings module says, if it is there; borrowed from the state. */
static PyObject *
state_attribute(PyInterpreterState *interp, PyObject *name, PyObject **slot)
{
    PyObject *value = module_attribute(interp, name, 0);
    if (value != NULL)
        Py_XSETREF(*slot, value);
    else if (PyErr_Occurred())
        return NULL;
    return *slot;
}

static PyObject *
default_action(PyInterpreterState *interp)
{
    PyObject *action =
        state_attribute(interp, KS_INTERN("defaultaction"), &interp->warnings.default_action);
    if (action == NULL && !PyErr_Occurred())
        PyErr_SetString(PyExc_ValueError, "_warnings.defaultaction not found");
    if (action != NULL && !PyUnicode_Check(action)) {
        PyErr_Format(PyExc_TypeError, "_warnings.defaultaction must be a string, not '%.200s'",
                     Py_TYPE(action)->tp_name);
        return NULL;
    }
    return action;
}

static PyObject *
once_registry(PyInterpreterState *interp)
{
    PyObject *registry =
        state_attribute(interp, KS_INTERN("onceregistry"), &interp->warnings.once_registry);
    if (registry != NULL && !PyDict_Check(registry)) {
        PyErr_Format(PyExc_TypeError, "_warnings.onceregistry must be a dict, not '%.200s'",
                     Py_TYPE(registry)->tp_name);
        return NULL;
    }
    return registry;
}

/* 1 if the filter applies, 0 if not, -1 with an exception. */
static int
filter_applies(PyObject *filter, Py_ssize_t index, PyObject *category, PyObject *text,
               Py_ssize_t lineno, PyObject *module)
{
    if (!PyTuple_Check(filter) || PyTuple_GET_SIZE(filter) != 5) {
        PyErr_Format(PyExc_ValueError, "_warnings.filters item %zd isn't a 5-tuple", index);
        return -1;
    }
    PyObject *action = PyTuple_GET_ITEM(filter, 0);
    if (!PyUnicode_Check(action)) {
        PyErr_Format(PyExc_TypeError, "action must be a string, not '%.200s'",
                     Py_TYPE(action)->tp_name);
        return -1;
    }
    int answer = pattern_matches(PyTuple_GET_ITEM(filter, 1), text);
    if (answer > 0)
        answer = pattern_matches(PyTuple_GET_ITEM(filter, 3), module);
    if (answer > 0)
        answer = PyObject_IsSubclass(category, PyTuple_GET_ITEM(filter, 2));
    if (answer <= 0)
        return answer;
    Py_ssize_t line = PyLong_AsSsize_t(PyTuple_GET_ITEM(filter, 4));
    if (line == -1 && PyErr_Occurred())
        return -1;
    return line == 0 || line == lineno;
}

/* The action for a warning, borrowed; *item a new reference to the filter that decided, or None. */
static PyObject *
find_action(PyInterpreterState *interp, PyObject *category, PyObject *text, Py_ssize_t lineno,
            PyObject *module, PyObject **item)
{
    WarningsState *state = &interp->warnings;
    PyObject *filters = state_attribute(interp, KS_INTERN("filters"), &state->filters);
    if (filters == NULL && PyErr_Occurred())
        return NULL;
    if (filters == NULL || !PyList_Check(filters)) {
        PyErr_SetString(PyExc_ValueError, "_warnings.filters must be a list");
        return NULL;
    }
    /* Matching runs code that may change the list. */
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(filters); i++) {
        KS_OWNED PyObject *filter = Py_NewRef(PyList_GET_ITEM(filters, i));
        int applies = filter_applies(filter, i, category, text, lineno, module);
        if (applies < 0)
            return NULL;
        if (applies) {
            *item = ks_give(&filter);
            return PyTuple_GET_ITEM(*item, 0);
        }
    }
    PyObject *action = default_action(interp);
    if (action != NULL)
        *item = Py_NewRef(Py_None);
    return action;
}

/* --- registries --- */

/* Was the key in the registry (of this version of the filters)? 1, 0, -1. Marks it if asked. */
static int
already_warned(WarningsState *state, PyObject *registry, PyObject *key, int mark)
{
    if (key == NULL)
        return -1;
    PyObject *version = PyDict_GetItemWithError(registry, KS_INTERN("version"));
    if (version == NULL && PyErr_Occurred())
        return -1;
    if (version == NULL || !PyLong_CheckExact(version) ||
        PyLong_AsLong(version) != state->filters_version) {
        if (version != NULL && PyErr_Occurred())
            return -1;
        PyDict_Clear(registry);
        KS_OWNED PyObject *current = PyLong_FromLong(state->filters_version);
        if (current == NULL || PyDict_SetItem(registry, KS_INTERN("version"), current) < 0)
            return -1;
    }
    else {
        PyObject *warned = PyDict_GetItemWithError(registry, key);
        if (warned != NULL) {
            int answer = PyObject_IsTrue(warned);
            if (answer != 0)
                return answer;
        }
        else if (PyErr_Occurred()) {
            return -1;
        }
    }
    return mark ? PyDict_SetItem(registry, key, Py_True) : 0;
}

static int
warned_for(WarningsState *state, PyObject *registry, PyObject *text, PyObject *category,
           int with_zero)
{
    KS_OWNED PyObject *key = with_zero ? Py_BuildValue("(OOi)", text, category, 0)
                                       : PyTuple_Pack(2, text, category);
    return already_warned(state, registry, key, 1);
}

/* --- showing --- */

/* A file name without its ".py", "<unknown>" for an empty one; a new str. */
static PyObject *
module_from_filename(PyObject *filename)
{
    if (PyUnicode_READY(filename) < 0)
        return NULL;
    Py_ssize_t length = PyUnicode_GET_LENGTH(filename);
    if (length == 0)
        return PyUnicode_FromString("<unknown>");
    KS_OWNED PyObject *suffix = PyUnicode_FromString(".py");
    if (suffix == NULL)
        return NULL;
    Py_ssize_t has = PyUnicode_Tailmatch(filename, suffix, 0, PY_SSIZE_T_MAX, 1);
    return has > 0 ? PyUnicode_Substring(filename, 0, length - 3) : Py_NewRef(filename);
}

/* Without the warnings module: file, line, class and text on stderr, and the source line. */
static void
show_plainly(PyThreadState *tstate, PyObject *filename, int lineno, PyObject *text,
             PyObject *category, PyObject *source_line)
{
    PyObject *file = _PySys_GetAttr(tstate, &_Py_ID(stderr));
    if (file == NULL || file == Py_None)
        return;
    KS_OWNED PyObject *held = Py_NewRef(file);
    KS_OWNED PyObject *name = PyObject_GetAttr(category, &_Py_ID(__name__));
    KS_OWNED PyObject *line = name == NULL
        ? NULL
        : PyUnicode_FromFormat("%S:%d: %S: %S\n", filename, lineno, name, text);
    if (line == NULL || PyFile_WriteObject(line, held, Py_PRINT_RAW) < 0)
        goto failed;
    if (source_line != NULL) {
        KS_OWNED PyObject *stripped = PyObject_CallMethod(source_line, "strip", NULL);
        KS_OWNED PyObject *shown =
            stripped == NULL ? NULL : PyUnicode_FromFormat("  %U\n", stripped);
        if (shown == NULL || PyFile_WriteObject(shown, held, Py_PRINT_RAW) < 0)
            goto failed;
    }
    else if (_Py_DisplaySourceLine(held, filename, lineno, 2, NULL, NULL) < 0) {
        goto failed;
    }
    return;
failed:
    PyErr_Clear();
}

static int
show(PyThreadState *tstate, PyObject *category, PyObject *text, PyObject *message,
     PyObject *filename, int lineno, PyObject *source_line, PyObject *source)
{
    PyInterpreterState *interp = tstate->interp;
    /* A source (of a ResourceWarning) is worth importing the module for: it can say more. */
    KS_OWNED PyObject *function =
        module_attribute(interp, KS_INTERN("_showwarnmsg"),
                         source != NULL && !_Py_IsFinalizing());
    if (function == NULL) {
        if (PyErr_Occurred())
            return -1;
        show_plainly(tstate, filename, lineno, text, category, source_line);
        return 0;
    }
    if (!PyCallable_Check(function)) {
        PyErr_SetString(PyExc_TypeError, "warnings._showwarnmsg() must be set to a callable");
        return -1;
    }
    KS_OWNED PyObject *factory = module_attribute(interp, KS_INTERN("WarningMessage"), 0);
    if (factory == NULL) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_RuntimeError, "unable to get warnings.WarningMessage");
        return -1;
    }
    KS_OWNED PyObject *number = PyLong_FromLong(lineno);
    KS_OWNED PyObject *record = number == NULL
        ? NULL
        : PyObject_CallFunctionObjArgs(factory, message, category, filename, number, Py_None,
                                       Py_None, source != NULL ? source : Py_None, NULL);
    KS_OWNED PyObject *result = record == NULL ? NULL : PyObject_CallOneArg(function, record);
    return result == NULL ? -1 : 0;
}

/* --- one warning --- */

typedef struct Warning {
    PyObject *category, *message; /* message: str or an instance of a Warning class */
    PyObject *filename, *module, *registry, *source_line, *source; /* NULL where unknown */
    int lineno;
} Warning;

/* Decides by the action whether to show; 1 show, 0 done, -1 with an exception. */
static int
decide(PyThreadState *tstate, const Warning *warning, PyObject *text, PyObject *category,
       PyObject *message, PyObject *key, PyObject *action, PyObject *item)
{
    WarningsState *state = &tstate->interp->warnings;
    PyObject *registry = warning->registry;
#define IS(word) _PyUnicode_EqualToASCIIString(action, word)
    if (IS("error")) {
        PyErr_SetObject(category, message);
        return -1;
    }
    if (IS("ignore"))
        return 0;
    int warned = 0;
    if (registry != NULL && registry != Py_None) {
        /* "always" keeps no record, everything else does. */
        if (!IS("always") && PyDict_SetItem(registry, key, Py_True) < 0)
            return -1;
    }
    if (IS("once")) {
        if (registry == NULL || registry == Py_None) {
            registry = once_registry(tstate->interp);
            if (registry == NULL)
                return -1;
        }
        warned = warned_for(state, registry, text, category, 0);
    }
    else if (IS("module")) {
        if (registry != NULL && registry != Py_None)
            warned = warned_for(state, registry, text, category, 1);
    }
    else if (!IS("default") && !IS("always") && !IS("all")) {
        PyErr_Format(PyExc_RuntimeError, "Unrecognized action (%R) in warnings.filters:\n %R",
                     action, item);
        return -1;
    }
#undef IS
    return warned < 0 ? -1 : !warned;
}

static int
warn_explicit(PyThreadState *tstate, const Warning *warning)
{
    WarningsState *state = &tstate->interp->warnings;
    PyObject *registry = warning->registry;
    if (registry != NULL && registry != Py_None && !PyDict_Check(registry)) {
        PyErr_SetString(PyExc_TypeError, "'registry' must be a dict or None");
        return -1;
    }
    KS_OWNED PyObject *module = warning->module != NULL ? Py_NewRef(warning->module)
                                                        : module_from_filename(warning->filename);
    if (module == NULL)
        return -1;
    int is_instance = is_warning_instance(warning->message);
    if (is_instance < 0)
        return -1;
    KS_OWNED PyObject *text = is_instance ? PyObject_Str(warning->message)
                                          : Py_NewRef(warning->message);
    PyObject *category = is_instance ? (PyObject *)Py_TYPE(warning->message) : warning->category;
    if (text == NULL)
        return -1;
    KS_OWNED PyObject *message = is_instance ? Py_NewRef(warning->message)
                                             : PyObject_CallOneArg(category, warning->message);
    KS_OWNED PyObject *number = message == NULL ? NULL : PyLong_FromLong(warning->lineno);
    KS_OWNED PyObject *key = number == NULL ? NULL : PyTuple_Pack(3, text, category, number);
    if (key == NULL)
        return -1;
    if (registry != NULL && registry != Py_None) {
        int warned = already_warned(state, registry, key, 0);
        if (warned != 0)
            return warned < 0 ? -1 : 0;
    }
    PyObject *found = NULL;
    PyObject *action =
        find_action(tstate->interp, category, text, warning->lineno, module, &found);
    KS_OWNED PyObject *item = found;
    if (action == NULL)
        return -1;
    int wanted = decide(tstate, warning, text, category, message, key, action, item);
    if (wanted <= 0)
        return wanted;
    return show(tstate, category, text, message, warning->filename, warning->lineno,
                warning->source_line, warning->source);
}

/* --- where a warning comes from --- */

/* Frames of the import system do not count as callers. */
static int
is_import_frame(PyFrameObject *frame)
{
    KS_OWNED PyObject *code = (PyObject *)PyFrame_GetCode(frame);
    PyObject *filename = ((PyCodeObject *)code)->co_filename;
    if (filename == NULL || !PyUnicode_Check(filename))
        return 0;
    return PyUnicode_Contains(filename, &_Py_ID(importlib)) > 0 &&
           PyUnicode_Contains(filename, &_Py_ID(_bootstrap)) > 0;
}

/* The frame that called this one, outside the import system; takes `frame` over. */
static PyFrameObject *
caller_outside_import(PyFrameObject *frame)
{
    do {
        PyFrameObject *back = PyFrame_GetBack(frame);
        Py_DECREF(frame);
        frame = back;
    } while (frame != NULL && is_import_frame(frame));
    return frame;
}

static PyFrameObject *
frame_at_level(PyThreadState *tstate, Py_ssize_t level)
{
    PyFrameObject *frame = PyThreadState_GetFrame(tstate);
    if (level <= 0 || (frame != NULL && is_import_frame(frame))) {
        while (--level > 0 && frame != NULL) {
            PyFrameObject *back = PyFrame_GetBack(frame);
            Py_DECREF(frame);
            frame = back;
        }
        return frame;
    }
    while (--level > 0 && frame != NULL)
        frame = caller_outside_import(frame);
    return frame;
}

/* File, line, module and registry of the frame `level` calls up; new references. */
typedef struct Place {
    PyObject *filename, *module, *registry;
    int lineno;
} Place;

static int
place_find(PyThreadState *tstate, Py_ssize_t level, Place *place)
{
    KS_OWNED PyObject *frame = (PyObject *)frame_at_level(tstate, level);
    KS_OWNED PyObject *globals = NULL;
    if (frame == NULL) {
        globals = Py_NewRef(tstate->interp->sysdict);
        place->filename = PyUnicode_FromString("sys");
        place->lineno = 1;
    }
    else {
        PyFrameObject *f = (PyFrameObject *)frame;
        globals = Py_NewRef(f->f_frame->f_globals);
        place->filename = Py_NewRef(f->f_frame->f_code->co_filename);
        place->lineno = PyFrame_GetLineNumber(f);
    }
    if (place->filename == NULL)
        return -1;
    PyObject *registry = PyDict_GetItemWithError(globals, KS_INTERN("__warningregistry__"));
    if (registry != NULL) {
        place->registry = Py_NewRef(registry);
    }
    else {
        if (PyErr_Occurred() || (place->registry = PyDict_New()) == NULL ||
            PyDict_SetItem(globals, KS_INTERN("__warningregistry__"), place->registry) < 0)
            return -1;
    }
    PyObject *module = PyDict_GetItemWithError(globals, &_Py_ID(__name__));
    if (module == NULL && PyErr_Occurred())
        return -1;
    if (module == Py_None || (module != NULL && PyUnicode_Check(module)))
        place->module = Py_NewRef(module);
    else
        place->module = PyUnicode_FromString("<string>");
    return place->module == NULL ? -1 : 0;
}

static int
warn(PyThreadState *tstate, PyObject *category, PyObject *message, Py_ssize_t level,
     PyObject *source)
{
    Place place = {NULL, NULL, NULL, 0};
    int status = place_find(tstate, level, &place);
    if (status == 0) {
        Warning warning = {.category = category, .message = message, .filename = place.filename,
                           .lineno = place.lineno, .module = place.module,
                           .registry = place.registry, .source = source};
        status = warn_explicit(tstate, &warning);
    }
    Py_XDECREF(place.filename);
    Py_XDECREF(place.module);
    Py_XDECREF(place.registry);
    return status;
}

/* --- C-API --- */

static int
warn_unicode(PyObject *category, PyObject *message, Py_ssize_t level, PyObject *source)
{
    if (category == NULL)
        category = PyExc_RuntimeWarning;
    return warn(_PyThreadState_GET(), category, message, level, source);
}

static int
warn_format(PyObject *source, PyObject *category, Py_ssize_t level, const char *format,
            va_list arguments)
{
    KS_OWNED PyObject *message = PyUnicode_FromFormatV(format, arguments);
    return message == NULL ? -1 : warn_unicode(category, message, level, source);
}

int
PyErr_WarnFormat(PyObject *category, Py_ssize_t level, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int status = warn_format(NULL, category, level, format, arguments);
    va_end(arguments);
    return status;
}

int
PyErr_ResourceWarning(PyObject *source, Py_ssize_t level, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int status = warn_format(source, PyExc_ResourceWarning, level, format, arguments);
    va_end(arguments);
    return status;
}

int
PyErr_WarnEx(PyObject *category, const char *text, Py_ssize_t level)
{
    KS_OWNED PyObject *message = PyUnicode_FromString(text);
    return message == NULL ? -1 : warn_unicode(category, message, level, NULL);
}

#undef PyErr_Warn
/* The old name, still exported. */
__attribute__((visibility("default"))) int
PyErr_Warn(PyObject *category, const char *text)
{
    return PyErr_WarnEx(category, text, 1);
}

int
PyErr_WarnExplicitObject(PyObject *category, PyObject *message, PyObject *filename, int lineno,
                         PyObject *module, PyObject *registry)
{
    Warning warning = {.category = category != NULL ? category : PyExc_RuntimeWarning,
                       .message = message, .filename = filename, .lineno = lineno,
                       .module = module, .registry = registry};
    return warn_explicit(_PyThreadState_GET(), &warning);
}

int
PyErr_WarnExplicit(PyObject *category, const char *text, const char *filename_text, int lineno,
                   const char *module_text, PyObject *registry)
{
    KS_OWNED PyObject *message = PyUnicode_FromString(text);
    KS_OWNED PyObject *filename = message == NULL ? NULL
                                                  : PyUnicode_DecodeFSDefault(filename_text);
    if (filename == NULL)
        return -1;
    KS_OWNED PyObject *module = NULL;
    if (module_text != NULL && (module = PyUnicode_FromString(module_text)) == NULL)
        return -1;
    return PyErr_WarnExplicitObject(category, message, filename, lineno, module, registry);
}

int
PyErr_WarnExplicitFormat(PyObject *category, const char *filename_text, int lineno,
                         const char *module_text, PyObject *registry, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    KS_OWNED PyObject *message = PyUnicode_FromFormatV(format, arguments);
    va_end(arguments);
    const char *text = message == NULL ? NULL : PyUnicode_AsUTF8(message);
    if (text == NULL)
        return -1;
    return PyErr_WarnExplicit(category, text, filename_text, lineno, module_text, registry);
}

/* "coroutine 'f' was never awaited": through warnings.py, which knows the origin; plainly if that
 * fails. Reports its own errors. */
void
_PyErr_WarnUnawaitedCoroutine(PyObject *coroutine)
{
    PyInterpreterState *interp = _PyInterpreterState_GET();
    int done = 0;
    KS_OWNED PyObject *function =
        module_attribute(interp, KS_INTERN("_warn_unawaited_coroutine"), 1);
    if (function != NULL) {
        KS_OWNED PyObject *result = PyObject_CallOneArg(function, coroutine);
        done = result != NULL || PyErr_ExceptionMatches(PyExc_RuntimeWarning);
    }
    if (PyErr_Occurred())
        PyErr_WriteUnraisable(coroutine);
    if (!done &&
        PyErr_WarnFormat(PyExc_RuntimeWarning, 1, "coroutine '%S' was never awaited",
                         ((PyCoroObject *)coroutine)->cr_qualname) < 0)
        PyErr_WriteUnraisable(coroutine);
}

/* --- the module --- */

typedef struct WarnArgs {
    PyObject *message, *category;
    Py_ssize_t stacklevel;
    PyObject *source;
} WarnArgs;

/* The category to use, borrowed; NULL with TypeError for something that is none. */
static PyObject *
category_checked(PyObject *message, PyObject *category)
{
    int is_instance = is_warning_instance(message);
    if (is_instance < 0)
        return NULL;
    if (is_instance)
        return (PyObject *)Py_TYPE(message);
    if (category == NULL || category == Py_None)
        return PyExc_UserWarning;
    int is_category = PyObject_IsSubclass(category, PyExc_Warning);
    if (is_category <= 0) {
        PyErr_Format(PyExc_TypeError, "category must be a Warning subclass, not '%s'",
                     Py_TYPE(category)->tp_name);
        return NULL;
    }
    return category;
}

static PyObject *
warnings_warn(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {
        PARAM(WarnArgs, message, ARG_OBJECT, 1), PARAM(WarnArgs, category, ARG_OBJECT, 0),
        PARAM(WarnArgs, stacklevel, ARG_INDEX, 0), PARAM(WarnArgs, source, ARG_OBJECT, 0),
        PARAM_END};
    WarnArgs given = {NULL, Py_None, 1, Py_None};
    if (!ks_args_parse("warn", params, args, nargs, kwnames, &given))
        return NULL;
    PyObject *category = category_checked(given.message, given.category);
    if (category == NULL)
        return NULL;
    PyObject *source = given.source == Py_None ? NULL : given.source;
    if (warn(_PyThreadState_GET(), category, given.message, given.stacklevel, source) < 0)
        return NULL;
    Py_RETURN_NONE;
}

typedef struct ExplicitArgs {
    PyObject *message, *category, *filename;
    int lineno;
    PyObject *module, *registry, *module_globals, *source;
} ExplicitArgs;

/* The line from the module's loader; new reference or NULL, with or without an exception. */
static PyObject *
line_from_loader(PyInterpreterState *interp, PyObject *globals, int lineno)
{
    PyObject *loader = PyDict_GetItemWithError(globals, &_Py_ID(__loader__));
    PyObject *name =
        loader == NULL ? NULL : PyDict_GetItemWithError(globals, &_Py_ID(__name__));
    if (name == NULL)
        return NULL;
    PyObject *found;
    if (_PyObject_LookupAttr(loader, &_Py_ID(get_source), &found) <= 0)
        return NULL;
    KS_OWNED PyObject *get_source = found;
    KS_OWNED PyObject *held_name = Py_NewRef(name);
    KS_OWNED PyObject *source = PyObject_CallOneArg(get_source, held_name);
    if (source == NULL || source == Py_None)
        return NULL;
    KS_OWNED PyObject *lines = PyUnicode_Splitlines(source, 0);
    if (lines == NULL)
        return NULL;
    PyObject *line = PyList_GetItem(lines, lineno - 1);
    return Py_XNewRef(line);
}

static PyObject *
warnings_warn_explicit(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                       PyObject *kwnames)
{
    static const KsParam params[] = {
        PARAM(ExplicitArgs, message, ARG_OBJECT, 1), PARAM(ExplicitArgs, category, ARG_OBJECT, 1),
        PARAM(ExplicitArgs, filename, ARG_STR, 1), PARAM(ExplicitArgs, lineno, ARG_INT, 1),
        PARAM(ExplicitArgs, module, ARG_OBJECT, 0), PARAM(ExplicitArgs, registry, ARG_OBJECT, 0),
        PARAM(ExplicitArgs, module_globals, ARG_OBJECT, 0),
        PARAM(ExplicitArgs, source, ARG_OBJECT, 0), PARAM_END};
    ExplicitArgs given = {.module_globals = Py_None};
    if (!ks_args_parse("warn_explicit", params, args, nargs, kwnames, &given))
        return NULL;
    PyThreadState *tstate = _PyThreadState_GET();
    KS_OWNED PyObject *line = NULL;
    if (given.module_globals != Py_None) {
        if (!PyDict_Check(given.module_globals)) {
            PyErr_Format(PyExc_TypeError, "module_globals must be a dict, not '%.200s'",
                         Py_TYPE(given.module_globals)->tp_name);
            return NULL;
        }
        line = line_from_loader(tstate->interp, given.module_globals, given.lineno);
        if (line == NULL && PyErr_Occurred())
            return NULL;
    }
    Warning warning = {.category = given.category, .message = given.message,
                       .filename = given.filename, .lineno = given.lineno,
                       .module = given.module, .registry = given.registry, .source_line = line,
                       .source = given.source == Py_None ? NULL : given.source};
    if (warn_explicit(tstate, &warning) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
warnings_filters_mutated(PyObject *module, PyObject *unused)
{
    warnings_state()->filters_version++;
    Py_RETURN_NONE;
}

static PyMethodDef warnings_methods[] = {
    METHOD("warn", warnings_warn, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, message, category=None, stacklevel=1, source=None)",
           "Issue a warning, or maybe ignore it or raise an exception."),
    METHOD_PLAIN("warn_explicit", warnings_warn_explicit, METH_FASTCALL | METH_KEYWORDS,
                 "Issue a warning for an explicitly given place."),
    METHOD_PLAIN("_filters_mutated", warnings_filters_mutated, METH_NOARGS, NULL),
    {NULL},
};

static int
warnings_exec(PyObject *module)
{
    WarningsState *state = warnings_state();
    if (PyModule_AddObjectRef(module, "filters", state->filters) < 0 ||
        PyModule_AddObjectRef(module, "_onceregistry", state->once_registry) < 0 ||
        PyModule_AddObjectRef(module, "_defaultaction", state->default_action) < 0)
        return -1;
    return 0;
}

static PyModuleDef_Slot warnings_slots[] = {{Py_mod_exec, warnings_exec}, {0, NULL}};

static struct PyModuleDef warnings_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_warnings",
    .m_doc = PyDoc_STR("Low-level part of the warnings module."),
    .m_methods = warnings_methods,
    .m_slots = warnings_slots,
};

PyMODINIT_FUNC
PyInit__warnings(void)
{
    return PyModuleDef_Init(&warnings_module);
}

/* The same under the name that CPython's table of built-in modules has: a borrowed definition. */
PyObject *
_PyWarnings_Init(void)
{
    return PyInit__warnings();
}

void
_PyWarnings_Fini(PyInterpreterState *interp)
{
    Py_CLEAR(interp->warnings.filters);
    Py_CLEAR(interp->warnings.once_registry);
    Py_CLEAR(interp->warnings.default_action);
}
