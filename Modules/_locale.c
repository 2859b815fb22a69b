/* SPDX-License-Identifier: MIT */
/* The _locale module: the C library's locale functions, for locale.py.
 *
 * Texts that the C library returns are decoded with the encoding of the current LC_CTYPE. */
#define _GNU_SOURCE
#include "Python.h"

#include <errno.h>
#include <langinfo.h>
#include <libintl.h>
#include <limits.h>
#include <locale.h>
#include <string.h>
#include <wchar.h>
#include "pycore_fileutils.h"
#include "ks_args.h"
#include "ks_base.h"

typedef struct LocaleState {
    PyObject *Error;
} LocaleState;

static PyObject *
locale_error(PyObject *module, const char *message)
{
    PyErr_SetString(((LocaleState *)PyModule_GetState(module))->Error, message);
    return NULL;
}

/* UTF-8 of a str without nul, or of None as NULL; function and position are for the message. */
static int
text_argument(const char *function, int position, PyObject *arg, int allow_none, const char **text)
{
    *text = NULL;
    if (allow_none && arg == Py_None)
        return 1;
    if (!PyUnicode_Check(arg)) {
        char which[32];
        if (position > 0)
            PyOS_snprintf(which, sizeof(which), "argument %d", position);
        else
            strcpy(which, "argument");
        PyErr_Format(PyExc_TypeError, "%s() %s must be %s, not %.50s", function, which,
                     allow_none ? "str or None" : "str",
                     arg == Py_None ? "None" : Py_TYPE(arg)->tp_name);
        return 0;
    }
    Py_ssize_t length;
    *text = PyUnicode_AsUTF8AndSize(arg, &length);
    if (*text == NULL)
        return 0;
    if (strlen(*text) != (size_t)length) {
        PyErr_SetString(PyExc_ValueError, "embedded null character");
        return 0;
    }
    return 1;
}

static PyObject *
text_object(const char *text)
{
    return PyUnicode_DecodeLocale(text, NULL);
}

/* --- The locale ------------------------------------------------------------------------------------------ */

static PyObject *
locale_setlocale(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int category;
    const char *name = NULL;
    if (!ks_args_count("setlocale", nargs, 1, 2) || !ks_arg_int(args[0], &category) ||
        (nargs > 1 && !text_argument("setlocale", 2, args[1], 1, &name)))
        return NULL;
    const char *result = setlocale(category, name);
    if (result == NULL)
        return locale_error(module, name != NULL ? "unsupported locale setting"
                                                 : "locale query failed");
    return text_object(result);
}

/* How digits are grouped: ends in 0 (repeat) or CHAR_MAX (no more). */
static PyObject *
grouping_list(const char *grouping)
{
    KS_OWNED PyObject *list = PyList_New(0);
    if (list == NULL || grouping[0] == '\0')
        return ks_give(&list);
    for (const char *place = grouping;; place++) {
        KS_OWNED PyObject *number = PyLong_FromLong(*place);
        if (number == NULL || PyList_Append(list, number) < 0)
            return NULL;
        if (*place == '\0' || *place == CHAR_MAX)
            return ks_give(&list);
    }
}

/* Stores value, which is taken over, NULL included. */
static int
put(PyObject *dict, const char *key, KS_STEALS PyObject *value)
{
    int result = value == NULL ? -1 : PyDict_SetItemString(dict, key, value);
    Py_XDECREF(value);
    return result;
}

static PyObject *
locale_localeconv(PyObject *module, PyObject *unused)
{
    KS_OWNED PyObject *dict = PyDict_New();
    if (dict == NULL)
        return NULL;
    struct lconv conv = *localeconv();
#define TEXT(field) (put(dict, #field, text_object(conv.field)) < 0)
#define NUMBER(field) (put(dict, #field, PyLong_FromLong(conv.field)) < 0)
    if (TEXT(int_curr_symbol) || TEXT(currency_symbol) || TEXT(mon_decimal_point) ||
        TEXT(mon_thousands_sep) || put(dict, "mon_grouping", grouping_list(conv.mon_grouping)) < 0 ||
        TEXT(positive_sign) || TEXT(negative_sign) || NUMBER(int_frac_digits) ||
        NUMBER(frac_digits) || NUMBER(p_cs_precedes) || NUMBER(p_sep_by_space) ||
        NUMBER(n_cs_precedes) || NUMBER(n_sep_by_space) || NUMBER(p_sign_posn) ||
        NUMBER(n_sign_posn))
        return NULL;
#undef TEXT
#undef NUMBER
    /* These two follow LC_NUMERIC, whose encoding may differ from LC_CTYPE's. */
    PyObject *point, *separator;
    if (_Py_GetLocaleconvNumeric(&conv, &point, &separator) < 0)
        return NULL;
    if (put(dict, "decimal_point", point) < 0) {
        Py_DECREF(separator);
        return NULL;
    }
    if (put(dict, "thousands_sep", separator) < 0 ||
        put(dict, "grouping", grouping_list(conv.grouping)) < 0)
        return NULL;
    return ks_give(&dict);
}

static PyObject *
locale_getencoding(PyObject *module, PyObject *unused)
{
    return _Py_GetLocaleEncodingObject();
}

/* --- Comparing ------------------------------------------------------------------------------------------- */

static int
str_check(const char *function, int position, PyObject *arg)
{
    if (PyUnicode_Check(arg))
        return 1;
    const char *unused;
    return text_argument(function, position, arg, 0, &unused);
}

static PyObject *
locale_strcoll(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("strcoll", nargs, 2, 2) || !str_check("strcoll", 1, args[0]) ||
        !str_check("strcoll", 2, args[1]))
        return NULL;
    PyObject *result = NULL;
    wchar_t *left = PyUnicode_AsWideCharString(args[0], NULL);
    wchar_t *right = left != NULL ? PyUnicode_AsWideCharString(args[1], NULL) : NULL;
    if (right != NULL)
        result = PyLong_FromLong(wcscoll(left, right));
    PyMem_Free(left);
    PyMem_Free(right);
    return result;
}

static PyObject *
locale_strxfrm(PyObject *module, PyObject *arg)
{
    Py_ssize_t length;
    if (!str_check("strxfrm", 0, arg))
        return NULL;
    wchar_t *text = PyUnicode_AsWideCharString(arg, &length);
    if (text == NULL)
        return NULL;
    PyObject *result = NULL;
    wchar_t *key = NULL;
    if (wcslen(text) != (size_t)length) {
        PyErr_SetString(PyExc_ValueError, "embedded null character");
        goto done;
    }
    size_t room = (size_t)length + 1;
    for (;;) {
        wchar_t *bigger = PyMem_Realloc(key, room * sizeof(wchar_t));
        if (bigger == NULL) {
            PyErr_NoMemory();
            goto done;
        }
        key = bigger;
        errno = 0;
        size_t needed = wcsxfrm(key, text, room);
        if (errno != 0 && errno != ERANGE) {
            PyErr_SetFromErrno(PyExc_OSError);
            goto done;
        }
        if (needed < room) {
            result = PyUnicode_FromWideChar(key, (Py_ssize_t)needed);
            break;
        }
        room = needed + 1;
    }
done:
    PyMem_Free(key);
    PyMem_Free(text);
    return result;
}

/* --- Facts about the locale --------------------------------------------------------------------------------- */

typedef struct NamedItem {
    const char *name;
    int item;
} NamedItem;

#define CONSTANT(name) {#name, name},
static const NamedItem langinfo_items[] = {
#include "locale_langinfo.def"
};
#undef CONSTANT

static PyObject *
locale_nl_langinfo(PyObject *module, PyObject *arg)
{
    int item;
    if (!ks_arg_int(arg, &item))
        return NULL;
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(langinfo_items); i++) {
        if (langinfo_items[i].item == item) {
            const char *text = nl_langinfo(item);
            return text_object(text != NULL ? text : "");
        }
    }
    PyErr_SetString(PyExc_ValueError, "unsupported langinfo constant");
    return NULL;
}

/* --- Message catalogues ------------------------------------------------------------------------------------ */

static PyObject *
locale_gettext(PyObject *module, PyObject *arg)
{
    const char *message;
    return text_argument("gettext", 0, arg, 0, &message) ? text_object(gettext(message)) : NULL;
}

static PyObject *
locale_dgettext(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    const char *domain, *message;
    if (!ks_args_count("dgettext", nargs, 2, 2) ||
        !text_argument("dgettext", 1, args[0], 1, &domain) ||
        !text_argument("dgettext", 2, args[1], 0, &message))
        return NULL;
    return text_object(dgettext(domain, message));
}

static PyObject *
locale_dcgettext(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    const char *domain, *message;
    int category;
    if (!ks_args_count("dcgettext", nargs, 3, 3) ||
        !text_argument("dcgettext", 1, args[0], 1, &domain) ||
        !text_argument("dcgettext", 2, args[1], 0, &message) || !ks_arg_int(args[2], &category))
        return NULL;
    return text_object(dcgettext(domain, message, category));
}

static PyObject *
locale_textdomain(PyObject *module, PyObject *arg)
{
    const char *domain;
    if (!text_argument("textdomain", 0, arg, 1, &domain))
        return NULL;
    const char *result = textdomain(domain);
    return result == NULL ? PyErr_SetFromErrno(PyExc_OSError) : text_object(result);
}

static PyObject *
locale_bindtextdomain(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    const char *domain, *directory = NULL;
    if (!ks_args_count("bindtextdomain", nargs, 2, 2) ||
        !text_argument("bindtextdomain", 1, args[0], 0, &domain))
        return NULL;
    if (domain[0] == '\0')
        return locale_error(module, "domain must be a non-empty string");
    KS_OWNED PyObject *bytes = NULL;
    if (args[1] != Py_None) {
        if (!PyUnicode_FSConverter(args[1], &bytes))
            return NULL;
        directory = PyBytes_AS_STRING(bytes);
    }
    const char *result = bindtextdomain(domain, directory);
    return result == NULL ? PyErr_SetFromErrno(PyExc_OSError) : text_object(result);
}

static PyObject *
locale_bind_textdomain_codeset(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    const char *domain, *codeset;
    if (!ks_args_count("bind_textdomain_codeset", nargs, 2, 2) ||
        !text_argument("bind_textdomain_codeset", 1, args[0], 0, &domain) ||
        !text_argument("bind_textdomain_codeset", 2, args[1], 1, &codeset))
        return NULL;
    const char *result = bind_textdomain_codeset(domain, codeset);
    if (result == NULL)
        Py_RETURN_NONE;
    return text_object(result);
}

/* --- The module ----------------------------------------------------------------------------------------------- */

static PyMethodDef locale_methods[] = {
    METHOD("setlocale", locale_setlocale, METH_FASTCALL,
           "($module, category, locale=<unrepresentable>, /)", "Set or ask for a locale."),
    METHOD("localeconv", locale_localeconv, METH_NOARGS, "($module, /)",
           "How the locale writes numbers and money."),
    METHOD("strcoll", locale_strcoll, METH_FASTCALL, "($module, os1, os2, /)",
           "Compare two strings in the order of the locale."),
    METHOD("strxfrm", locale_strxfrm, METH_O, "($module, string, /)",
           "A string that sorts as the locale sorts the given one."),
    METHOD("nl_langinfo", locale_nl_langinfo, METH_O, "($module, key, /)",
           "A fact about the locale."),
    METHOD("gettext", locale_gettext, METH_O, "($module, msg, /)", "Translation of a message."),
    METHOD("dgettext", locale_dgettext, METH_FASTCALL, "($module, domain, msg, /)",
           "Translation of a message, out of a domain."),
    METHOD("dcgettext", locale_dcgettext, METH_FASTCALL, "($module, domain, msg, category, /)",
           "Translation of a message, out of a domain and category."),
    METHOD("textdomain", locale_textdomain, METH_O, "($module, domain, /)",
           "Set or, with None, ask for the domain of translations."),
    METHOD("bindtextdomain", locale_bindtextdomain, METH_FASTCALL, "($module, domain, dir, /)",
           "Say where a domain's translations lie."),
    METHOD("bind_textdomain_codeset", locale_bind_textdomain_codeset, METH_FASTCALL,
           "($module, domain, codeset, /)", "Say in which encoding a domain's translations come."),
    METHOD("getencoding", locale_getencoding, METH_NOARGS, "($module, /)",
           "The encoding of the locale."),
    {NULL, NULL, 0, NULL},
};

static int
locale_exec(PyObject *module)
{
    static const NamedItem categories[] = {
        {"LC_CTYPE", LC_CTYPE},       {"LC_TIME", LC_TIME},         {"LC_COLLATE", LC_COLLATE},
        {"LC_MONETARY", LC_MONETARY}, {"LC_MESSAGES", LC_MESSAGES}, {"LC_NUMERIC", LC_NUMERIC},
        {"LC_ALL", LC_ALL},           {"CHAR_MAX", CHAR_MAX},
    };
    LocaleState *state = PyModule_GetState(module);
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(categories); i++) {
        if (PyModule_AddIntConstant(module, categories[i].name, categories[i].item) < 0)
            return -1;
    }
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(langinfo_items); i++) {
        if (PyModule_AddIntConstant(module, langinfo_items[i].name, langinfo_items[i].item) < 0)
            return -1;
    }
    state->Error = PyErr_NewException("locale.Error", NULL, NULL);
    return state->Error == NULL ? -1 : PyModule_AddObjectRef(module, "Error", state->Error);
}

static int
locale_traverse(PyObject *module, visitproc visit, void *arg)
{
    Py_VISIT(((LocaleState *)PyModule_GetState(module))->Error);
    return 0;
}

static int
locale_clear(PyObject *module)
{
    Py_CLEAR(((LocaleState *)PyModule_GetState(module))->Error);
    return 0;
}

static void
locale_free(void *module)
{
    locale_clear((PyObject *)module);
}

static PyModuleDef_Slot locale_slots[] = {
    {Py_mod_exec, locale_exec},
    {0, NULL},
};

static struct PyModuleDef locale_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_locale",
    .m_doc = "Locales of the C library.",
    .m_size = sizeof(LocaleState),
    .m_methods = locale_methods,
    .m_slots = locale_slots,
    .m_traverse = locale_traverse,
    .m_clear = locale_clear,
    .m_free = locale_free,
};

PyMODINIT_FUNC
PyInit__locale(void)
{
    return PyModuleDef_Init(&locale_module);
}
