/* SPDX-License-Identifier: MIT */
/* Character classes of ASCII, whatever the locale. */
#if !defined(PYCTYPE_H) && !defined(Py_LIMITED_API)
#define PYCTYPE_H

#ifdef __cplusplus
extern "C" {
#endif

#define PY_CTF_LOWER 0x01
#define PY_CTF_UPPER 0x02
#define PY_CTF_ALPHA (PY_CTF_LOWER|PY_CTF_UPPER)
#define PY_CTF_DIGIT 0x04
#define PY_CTF_ALNUM (PY_CTF_ALPHA|PY_CTF_DIGIT)
#define PY_CTF_SPACE 0x08
#define PY_CTF_XDIGIT 0x10

PyAPI_DATA(const unsigned int) _Py_ctype_table[256];
PyAPI_DATA(const unsigned char) _Py_ctype_tolower[256];
PyAPI_DATA(const unsigned char) _Py_ctype_toupper[256];

#define KS_CTYPE(ch) (_Py_ctype_table[Py_CHARMASK(ch)])
#define Py_ISLOWER(ch) (KS_CTYPE(ch) & PY_CTF_LOWER)
#define Py_ISUPPER(ch) (KS_CTYPE(ch) & PY_CTF_UPPER)
#define Py_ISALPHA(ch) (KS_CTYPE(ch) & PY_CTF_ALPHA)
#define Py_ISDIGIT(ch) (KS_CTYPE(ch) & PY_CTF_DIGIT)
#define Py_ISXDIGIT(ch) (KS_CTYPE(ch) & PY_CTF_XDIGIT)
#define Py_ISALNUM(ch) (KS_CTYPE(ch) & PY_CTF_ALNUM)
#define Py_ISSPACE(ch) (KS_CTYPE(ch) & PY_CTF_SPACE)
#define Py_TOLOWER(ch) (_Py_ctype_tolower[Py_CHARMASK(ch)])
#define Py_TOUPPER(ch) (_Py_ctype_toupper[Py_CHARMASK(ch)])

#ifdef __cplusplus
}
#endif

#endif
