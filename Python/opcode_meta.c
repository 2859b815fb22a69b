/* SPDX-License-Identifier: MIT */
/* Facts about instructions that more than one subsystem asks for: base forms and cache sizes (the
 * tables of pycore_opcode.h), stack effects, meaning of operands. */
#define NEED_OPCODE_TABLES
#include "Python.h"
#include "pycore_opcode.h"

#include "ks_code.h"
#include "ks_compile.h"

static int
has_bit(const uint32_t *table, int opcode)
{
    return (table[opcode >> 5] >> (opcode & 31)) & 1;
}

int
ks_opcode_is_jump(int opcode)
{
    return opcode < 256 ? has_bit(_PyOpcode_Jump, opcode)
                        : opcode >= KS_OP_JUMP && opcode <= KS_OP_POP_JUMP_IF_NOT_NONE;
}

int
ks_opcode_is_handler_push(int opcode)
{
    return opcode >= KS_OP_SETUP_FINALLY && opcode <= KS_OP_SETUP_WITH;
}

int
ks_opcode_effect(int opcode, int oparg, int jump)
{
    switch (opcode) {
        case NOP:
        case EXTENDED_ARG:
        case RESUME:
        case RETURN_GENERATOR:
        case CACHE:
        case LIST_TO_TUPLE:
        case UNARY_POSITIVE:
        case UNARY_NEGATIVE:
        case UNARY_NOT:
        case UNARY_INVERT:
        case GET_ITER:
        case GET_YIELD_FROM_ITER:
        case GET_AWAITABLE:
        case GET_AITER:
        case YIELD_VALUE:
        case ASYNC_GEN_WRAP:
        case LOAD_ATTR:
        case DELETE_NAME:
        case DELETE_GLOBAL:
        case DELETE_FAST:
        case DELETE_DEREF:
        case SETUP_ANNOTATIONS:
        case MAKE_CELL:
        case COPY_FREE_VARS:
        case KW_NAMES:
        case JUMP_FORWARD:
        case JUMP_BACKWARD:
        case JUMP_BACKWARD_NO_INTERRUPT:
        case SWAP:
        case CHECK_EXC_MATCH:
        case CHECK_EG_MATCH:
        case KS_OP_JUMP:
        case KS_OP_JUMP_NO_INTERRUPT:
        case KS_OP_POP_BLOCK:
            return 0;
        case POP_TOP:
        case PRINT_EXPR:
        case IMPORT_STAR:
        case POP_EXCEPT:
        case RETURN_VALUE:
        case RERAISE:
        case STORE_NAME:
        case STORE_GLOBAL:
        case STORE_FAST:
        case STORE_DEREF:
        case DELETE_ATTR:
        case BINARY_SUBSCR:
        case BINARY_OP:
        case COMPARE_OP:
        case IS_OP:
        case CONTAINS_OP:
        case IMPORT_NAME:
        case PREP_RERAISE_STAR:
        case LIST_APPEND:
        case SET_ADD:
        case LIST_EXTEND:
        case SET_UPDATE:
        case DICT_UPDATE:
        case DICT_MERGE:
        case POP_JUMP_FORWARD_IF_FALSE:
        case POP_JUMP_FORWARD_IF_TRUE:
        case POP_JUMP_FORWARD_IF_NONE:
        case POP_JUMP_FORWARD_IF_NOT_NONE:
        case POP_JUMP_BACKWARD_IF_FALSE:
        case POP_JUMP_BACKWARD_IF_TRUE:
        case POP_JUMP_BACKWARD_IF_NONE:
        case POP_JUMP_BACKWARD_IF_NOT_NONE:
        case KS_OP_POP_JUMP_IF_FALSE:
        case KS_OP_POP_JUMP_IF_TRUE:
        case KS_OP_POP_JUMP_IF_NONE:
        case KS_OP_POP_JUMP_IF_NOT_NONE:
            return -1;
        case PUSH_NULL:
        case LOAD_CONST:
        case LOAD_NAME:
        case LOAD_FAST:
        case LOAD_DEREF:
        case LOAD_CLASSDEREF:
        case LOAD_CLOSURE:
        case LOAD_ASSERTION_ERROR:
        case LOAD_BUILD_CLASS:
        case IMPORT_FROM:
        case BEFORE_WITH:
        case BEFORE_ASYNC_WITH:
        case GET_ANEXT:
        case WITH_EXCEPT_START:
        case PUSH_EXC_INFO:
        case COPY:
        case GET_LEN:
        case MATCH_MAPPING:
        case MATCH_SEQUENCE:
        case MATCH_KEYS:
        case LOAD_METHOD:
            return 1;
        case STORE_ATTR:
        case DELETE_SUBSCR:
        case MAP_ADD:
        case MATCH_CLASS:
        case END_ASYNC_FOR:
            return -2;
        case STORE_SUBSCR:
            return -3;
        case LOAD_GLOBAL:
            return (oparg & 1) + 1;
        case BUILD_TUPLE:
        case BUILD_LIST:
        case BUILD_SET:
        case BUILD_STRING:
            return 1 - oparg;
        case BUILD_MAP:
            return 1 - 2 * oparg;
        case BUILD_CONST_KEY_MAP:
        case PRECALL:
            return -oparg;
        case CALL:
            return -1;
        case UNPACK_SEQUENCE:
            return oparg - 1;
        case UNPACK_EX:
            return (oparg & 0xFF) + (oparg >> 8);
        case BUILD_SLICE:
            return oparg == 3 ? -2 : -1;
        case RAISE_VARARGS:
            return -oparg;
        case FORMAT_VALUE:
            return (oparg & 4) == 4 ? -1 : 0;
        case MAKE_FUNCTION:
            return 0 - ((oparg & 1) != 0) - ((oparg & 2) != 0) - ((oparg & 4) != 0)
                   - ((oparg & 8) != 0);
        case CALL_FUNCTION_EX:
            return -2 - ((oparg & 1) != 0);
        case FOR_ITER:
            return jump > 0 ? -1 : 1;
        case SEND:
            return jump > 0 ? -1 : 0;
        case JUMP_IF_TRUE_OR_POP:
        case JUMP_IF_FALSE_OR_POP:
            return jump ? 0 : -1;
        /* The handler finds the exception on the stack, before it the offset if it wants it; that
         * of a with statement does not find the result of __enter__. */
        case KS_OP_SETUP_FINALLY:
        case KS_OP_SETUP_WITH:
            return jump ? 1 : 0;
        case KS_OP_SETUP_CLEANUP:
            return jump ? 2 : 0;
        default:
            return PY_INVALID_STACK_EFFECT;
    }
}

int
PyCompile_OpcodeStackEffectWithJump(int opcode, int oparg, int jump)
{
    return opcode < 0 || opcode > 255 ? PY_INVALID_STACK_EFFECT
                                      : ks_opcode_effect(opcode, oparg, jump);
}

int
PyCompile_OpcodeStackEffect(int opcode, int oparg)
{
    return PyCompile_OpcodeStackEffectWithJump(opcode, oparg, -1);
}

/* Operands by opcode; instructions that are not listed take a plain number, and opcodes that no
 * compiler emits are invalid in loaded code. */
#define ROW(op, kind) [op] = kind
const uint8_t ks_opcode_operand[256] = {
    ROW(LOAD_CONST, KS_OPARG_CONST),   ROW(KW_NAMES, KS_OPARG_CONST),
    ROW(STORE_NAME, KS_OPARG_NAME),    ROW(DELETE_NAME, KS_OPARG_NAME),
    ROW(STORE_ATTR, KS_OPARG_NAME),    ROW(DELETE_ATTR, KS_OPARG_NAME),
    ROW(STORE_GLOBAL, KS_OPARG_NAME),  ROW(DELETE_GLOBAL, KS_OPARG_NAME),
    ROW(LOAD_NAME, KS_OPARG_NAME),     ROW(LOAD_ATTR, KS_OPARG_NAME),
    ROW(IMPORT_NAME, KS_OPARG_NAME),   ROW(IMPORT_FROM, KS_OPARG_NAME),
    ROW(LOAD_GLOBAL, KS_OPARG_NAME),   ROW(LOAD_METHOD, KS_OPARG_NAME),
    ROW(LOAD_FAST, KS_OPARG_LOCAL),    ROW(STORE_FAST, KS_OPARG_LOCAL),
    ROW(DELETE_FAST, KS_OPARG_LOCAL),  ROW(MAKE_CELL, KS_OPARG_LOCAL),
    ROW(LOAD_CLOSURE, KS_OPARG_LOCAL), ROW(LOAD_DEREF, KS_OPARG_LOCAL),
    ROW(STORE_DEREF, KS_OPARG_LOCAL),  ROW(DELETE_DEREF, KS_OPARG_LOCAL),
    ROW(LOAD_CLASSDEREF, KS_OPARG_LOCAL),
    ROW(FOR_ITER, KS_OPARG_JUMP),      ROW(JUMP_FORWARD, KS_OPARG_JUMP),
    ROW(SEND, KS_OPARG_JUMP),          ROW(JUMP_IF_FALSE_OR_POP, KS_OPARG_JUMP),
    ROW(JUMP_IF_TRUE_OR_POP, KS_OPARG_JUMP),
    ROW(POP_JUMP_FORWARD_IF_FALSE, KS_OPARG_JUMP),
    ROW(POP_JUMP_FORWARD_IF_TRUE, KS_OPARG_JUMP),
    ROW(POP_JUMP_FORWARD_IF_NONE, KS_OPARG_JUMP),
    ROW(POP_JUMP_FORWARD_IF_NOT_NONE, KS_OPARG_JUMP),
    ROW(JUMP_BACKWARD, KS_OPARG_JUMP_BACK),
    ROW(JUMP_BACKWARD_NO_INTERRUPT, KS_OPARG_JUMP_BACK),
    ROW(POP_JUMP_BACKWARD_IF_FALSE, KS_OPARG_JUMP_BACK),
    ROW(POP_JUMP_BACKWARD_IF_TRUE, KS_OPARG_JUMP_BACK),
    ROW(POP_JUMP_BACKWARD_IF_NONE, KS_OPARG_JUMP_BACK),
    ROW(POP_JUMP_BACKWARD_IF_NOT_NONE, KS_OPARG_JUMP_BACK),
};
#undef ROW
