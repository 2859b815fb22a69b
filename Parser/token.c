/* SPDX-License-Identifier: MIT */
/* Token names and the spelling of operators, both read from tokens.def. */
#include "Python.h"
#include "token.h"

#include "ks_lexer.h"

#define TOKEN(name) #name,
#define TOKEN_OP(name, text) #name,
const char *const _PyParser_TokenNames[] = {
#include "tokens.def"
};

/* The number of an operator's spelling, or OP. */
static int
token_spelt(const char *spelling)
{
    static const struct {
        const char *text;
        int kind;
    } operators[] = {
#define TOKEN(name)
#define TOKEN_OP(name, text) {text, TK_##name},
#include "tokens.def"
        {"<>", TK_NOTEQUAL},
    };
    for (size_t i = 0; i < Py_ARRAY_LENGTH(operators); i++) {
        if (strcmp(operators[i].text, spelling) == 0)
            return operators[i].kind;
    }
    return TK_OP;
}

int
PyToken_OneChar(int a)
{
    return token_spelt((char[]){(char)a, 0});
}

int
PyToken_TwoChars(int a, int b)
{
    return token_spelt((char[]){(char)a, (char)b, 0});
}

int
PyToken_ThreeChars(int a, int b, int c)
{
    return token_spelt((char[]){(char)a, (char)b, (char)c, 0});
}
