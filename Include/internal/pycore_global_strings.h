/* SPDX-License-Identifier: MIT */
/* The strings inside _PyRuntime. Their order is their place; runtime_strings.def has the list. */
#ifndef Py_INTERNAL_GLOBAL_STRINGS_H
#define Py_INTERNAL_GLOBAL_STRINGS_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define KS_TEXT_FIELD(name, literal)           \
    struct {                                   \
        PyASCIIObject _ascii;                  \
        uint8_t _data[sizeof(literal)];        \
    } _##name;

struct _Py_global_strings {
    struct {
#define KS_RUNTIME_TEXT(name, literal) KS_TEXT_FIELD(name, literal)
#define KS_RUNTIME_NAME(identifier)
#include "runtime_strings.def"
#undef KS_RUNTIME_TEXT
#undef KS_RUNTIME_NAME
    } literals;
    struct {
#define KS_RUNTIME_TEXT(name, literal)
#define KS_RUNTIME_NAME(identifier) KS_TEXT_FIELD(identifier, #identifier)
#include "runtime_strings.def"
#undef KS_RUNTIME_TEXT
#undef KS_RUNTIME_NAME
    } identifiers;
    struct {
        PyASCIIObject _ascii;
        uint8_t _data[2];
    } ascii[128];
    struct {
        PyCompactUnicodeObject _latin1;
        uint8_t _data[2];
    } latin1[128];
};
#undef KS_TEXT_FIELD

/* Borrowed, as objects: _Py_ID for identifiers, _Py_STR for the other texts. */
#define _Py_ID(name) (_Py_SINGLETON(strings.identifiers._##name._ascii.ob_base))
#define _Py_STR(name) (_Py_SINGLETON(strings.literals._##name._ascii.ob_base))
/* Documents at the place of use what _Py_STR(name) says. */
#define _Py_DECLARE_STR(name, text)

#ifdef __cplusplus
}
#endif

#endif
