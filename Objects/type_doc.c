/* SPDX-License-Identifier: MIT */
/* Doc strings of C functions and types may begin with a signature:
 *
 *     name($self, x, /)\n--\n\nText
 *
 * Here the two parts are told apart. A text that does not begin with the function's name and an
 * opening parenthesis, or has an empty line before the end mark, has no signature. */
#include "Python.h"
#include "ks_base.h"

#define SIGNATURE_END ")\n--\n\n"
#define SIGNATURE_END_LENGTH (sizeof(SIGNATURE_END) - 1)

/* The opening parenthesis of the signature, or NULL. */
static const char *
signature_begin(const char *name, const char *doc)
{
    if (doc == NULL)
        return NULL;
    const char *dot = strrchr(name, '.');
    if (dot != NULL)
        name = dot + 1;
    size_t length = strlen(name);
    if (strncmp(doc, name, length) != 0 || doc[length] != '(')
        return NULL;
    return doc + length;
}

/* What follows the end mark, or NULL if there is none. */
static const char *
signature_end(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == *SIGNATURE_END && strncmp(text, SIGNATURE_END, SIGNATURE_END_LENGTH) == 0)
            return text + SIGNATURE_END_LENGTH;
        if (text[0] == '\n' && text[1] == '\n')
            return NULL;
    }
    return NULL;
}

/* __doc__ of something called name; None if there is no text. */
PyObject *
_PyType_GetDocFromInternalDoc(const char *name, const char *internal_doc)
{
    const char *begin = signature_begin(name, internal_doc);
    const char *doc = begin == NULL ? NULL : signature_end(begin);
    if (doc == NULL)
        doc = internal_doc;
    if (doc == NULL || *doc == '\0')
        Py_RETURN_NONE;
    return PyUnicode_FromString(doc);
}

/* __text_signature__, with its parentheses; None if there is none. */
PyObject *
_PyType_GetTextSignatureFromInternalDoc(const char *name, const char *internal_doc)
{
    const char *begin = signature_begin(name, internal_doc);
    const char *end = begin == NULL ? NULL : signature_end(begin);
    if (end == NULL)
        Py_RETURN_NONE;
    return PyUnicode_FromStringAndSize(begin, end - begin - (Py_ssize_t)SIGNATURE_END_LENGTH + 1);
}
