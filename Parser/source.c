/* SPDX-License-Identifier: MIT */
/* Source bytes to the lexer's text: byte order mark, encoding cookie, decoding, newlines.
 *
 * The cookie is looked for in the first two lines, in the second only if the first is blank or a
 * comment. A file that claims no encoding must be UTF-8 throughout; in a string
 * only what names and literals hold is ever decoded. */
#include "ks_lexer.h"

#include "osdefs.h"

/* The encoding's canonical spelling for comparing: lower case, '_' as '-', UTF-8 and Latin-1
 * recognised by their beginnings. */
static char *
encoding_normalised(const char *name, size_t length)
{
    char start[13];
    size_t i;
    for (i = 0; i < 12 && i < length; i++)
        start[i] = name[i] == '_' ? '-' : (char)Py_TOLOWER((unsigned char)name[i]);
    start[i] = '\0';
    const char *known = NULL;
    if (strcmp(start, "utf-8") == 0 || strncmp(start, "utf-8-", 6) == 0)
        known = "utf-8";
    else {
        static const char *const latin[] = {"latin-1", "iso-8859-1", "iso-latin-1"};
        for (size_t k = 0; k < Py_ARRAY_LENGTH(latin); k++) {
            size_t size = strlen(latin[k]);
            if (strncmp(start, latin[k], size) == 0 && (start[size] == '\0' || start[size] == '-'))
                known = "iso-8859-1";
        }
    }
    if (known != NULL) {
        name = known;
        length = strlen(known);
    }
    char *copy = PyMem_Malloc(length + 1);
    if (copy == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    memcpy(copy, name, length);
    copy[length] = '\0';
    return copy;
}

/* The cookie in one line: 1 found, 0 none, -1; *is_blank: the line holds no code. */
static int
cookie_in_line(const char *line, const char *end, char **encoding, int *is_blank)
{
    const char *s = line;
    *encoding = NULL;
    *is_blank = 1;
    /* The form feed and the carriage return are blank here as well. */
    while (s < end && (*s == ' ' || *s == '\t' || *s == '\014'))
        s++;
    if (s < end && *s != '#') {
        *is_blank = *s == '\n' || *s == '\r';
        return 0;
    }
    for (; s + 6 < end; s++) {
        if (strncmp(s, "coding", 6) != 0)
            continue;
        const char *name = s + 6;
        if (*name != ':' && *name != '=')
            continue;
        do
            name++;
        while (name < end && (*name == ' ' || *name == '\t'));
        const char *stop = name;
        while (stop < end && (Py_ISALNUM((unsigned char)*stop) || *stop == '-' || *stop == '_' ||
                              *stop == '.'))
            stop++;
        if (stop > name) {
            *encoding = encoding_normalised(name, (size_t)(stop - name));
            return *encoding != NULL ? 1 : -1;
        }
    }
    return 0;
}

int
ks_source_cookie(const char *bytes, size_t size, char **encoding)
{
    const char *line = bytes, *stop = bytes + size;
    int is_blank = 1, found = 0;
    *encoding = NULL;
    for (int i = 0; i < 2 && is_blank && found == 0 && line < stop; i++) {
        const char *end = line;
        while (end < stop && *end != '\n' && *end != '\r')
            end++;
        found = cookie_in_line(line, end, encoding, &is_blank);
        if (end < stop && *end == '\r' && end + 1 < stop && end[1] == '\n')
            end++;
        line = end + 1;
    }
    return found;
}

/* How many bytes the well-formed UTF-8 sequence at s has, 0 if it is none. */
static int
utf8_sequence(const unsigned char *s, const unsigned char *stop)
{
    int count;
    if (s[0] < 0x80)
        return 1;
    if (s[0] < 0xc2 || s[0] > 0xf4)
        return 0;
    count = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    if (stop - s < count)
        return 0;
    for (int i = 1; i < count; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    }
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] >= 0xa0) ||
        (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] >= 0x90))
        return 0;
    return count;
}

/* Lines of a file that claims no encoding. */
static int
check_utf8(const char *text, size_t size, PyObject *filename)
{
    const unsigned char *s = (const unsigned char *)text, *stop = s + size;
    int line = 1;
    while (s < stop) {
        int count = utf8_sequence(s, stop);
        if (count == 0) {
            PyErr_Format(PyExc_SyntaxError,
                         "Non-UTF-8 code starting with '\\x%.2x' in file %U on line %i, but no "
                         "encoding declared; see https://peps.python.org/pep-0263/ for details",
                         *s, filename, line);
            return 0;
        }
        line += *s == '\n';
        s += count;
    }
    return 1;
}

/* A copy with "\n" for all newlines. */
static char *
translate_newlines(const char *bytes, size_t size, int end_newline, char **stop)
{
    char *text = PyMem_Malloc(size + 2), *to = text;
    const char *end = bytes + size;
    if (text == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    if (memchr(bytes, '\r', size) == NULL) {
        memcpy(text, bytes, size);
        to += size;
    }
    else {
        while (bytes < end) {
            char c = *bytes++;
            if (c == '\r') {
                c = '\n';
                if (bytes < end && *bytes == '\n')
                    bytes++;
            }
            *to++ = c;
        }
    }
    if (end_newline && (to == text || to[-1] != '\n'))
        *to++ = '\n';
    *to = '\0';
    *stop = to;
    return text;
}

/* What went wrong before there was any text becomes a SyntaxError without a place. */
static void
place_error(PyObject *filename)
{
    PyObject *type, *value, *traceback;
    if (!PyErr_ExceptionMatches(PyExc_LookupError) && !PyErr_ExceptionMatches(PyExc_SyntaxError) &&
        !PyErr_ExceptionMatches(PyExc_UnicodeDecodeError))
        return;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    KS_OWNED PyObject *message = PyObject_Str(value);
    KS_OWNED PyObject *details =
        message ? Py_BuildValue("(O(OiiO))", message, filename ? filename : Py_None, 0, -1, Py_None)
                : NULL;
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    if (details != NULL)
        PyErr_SetObject(PyExc_SyntaxError, details);
}

/* bytes in another encoding as a bytes object of UTF-8. */
static KS_NEW PyObject *
recode(const char *bytes, size_t size, const char *encoding)
{
    KS_OWNED PyObject *text = PyUnicode_Decode(bytes, (Py_ssize_t)size, encoding, NULL);
    return text ? PyUnicode_AsUTF8String(text) : NULL;
}

char *
ks_source_text(const char *bytes, size_t size, int is_utf8, int is_file, int end_newline,
               const char *encoding, PyObject *filename, char **stop,
               const char **encoding_used)
{
    /* Names that are worth remembering are short; a longer one is no codec's. */
    static char used[64];
    char *cookie = NULL, *text = NULL;
    int has_bom = 0;
    *encoding_used = "utf-8";
    if (is_utf8)
        return translate_newlines(bytes, size, end_newline, stop);
    if (size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
        has_bom = 1;
        bytes += 3;
        size -= 3;
    }
    if (encoding == NULL) {
        if (ks_source_cookie(bytes, size, &cookie) < 0)
            return NULL;
        if (has_bom && cookie != NULL && strcmp(cookie, "utf-8") != 0) {
            PyErr_Format(PyExc_SyntaxError, "encoding problem: %s with BOM", cookie);
            goto done;
        }
        encoding = cookie;
    }
    if (encoding != NULL) {
        PyOS_snprintf(used, sizeof(used), "%s", encoding);
        *encoding_used = used;
    }
    else if (!has_bom)
        *encoding_used = NULL;
    if (encoding != NULL && strcmp(encoding, "utf-8") != 0) {
        KS_OWNED PyObject *recoded = recode(bytes, size, encoding);
        if (recoded == NULL && is_file && PyErr_ExceptionMatches(PyExc_LookupError)) {
            PyErr_Clear();
            PyErr_Format(PyExc_SyntaxError, "encoding problem: %s", encoding);
        }
        if (recoded != NULL)
            text = translate_newlines(PyBytes_AS_STRING(recoded),
                                      (size_t)PyBytes_GET_SIZE(recoded), end_newline, stop);
    }
    else if (!is_file || encoding != NULL || check_utf8(bytes, size, filename))
        text = translate_newlines(bytes, size, end_newline, stop);
done:
    if (text == NULL)
        place_error(filename);
    PyMem_Free(cookie);
    return text;
}
