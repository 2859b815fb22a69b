/* SPDX-License-Identifier: MIT */
/* Checking code objects that come from data.
 *
 * The interpreter trusts its instructions: operands are indexes without bounds, the stack has no
 * limit, LIST_APPEND does not look whether it has a list. ks_code_verify() shows in one pass over
 * the instructions (a few where states meet) that the trust is justified: every instruction that
 * can be reached finds on the stack what it takes for granted. Each stack place has a mark that
 * says what is known about it; where two ways meet, the mark says what holds for both. The rules
 * accept all that the compiler emits, and reject some code that would be harmless.
 *
 * Most functions of a program are never called. Code that begins with its variables' set-up and
 * RESUME is therefore only looked at up to there when it is loaded: ks_code_verify_start() marks
 * it in co_warmup, and RESUME has the rest checked at the first call. */
#include "Python.h"
#include "pycore_code.h"
#include "pycore_opcode.h"

#include "ks_code.h"
#include "ks_compile.h"

/* What is known about a stack place. The upper bits carry a count for some. */
typedef uint16_t Mark;
enum {
    M_OBJECT,   /* an object */
    M_MAYBE,    /* an object or NULL */
    M_NULL,
    M_LIST,
    M_SET,
    M_DICT,
    M_TUPLE,
    M_NAMES,    /* a tuple of str */
    M_CELL,
    M_CLOSURE,  /* a tuple of cells; their count */
    M_CODE,     /* a code object; the count of its free variables */
    M_EXCEPTION,
    M_HANDLED,  /* what PUSH_EXC_INFO saved: an exception or None */
    M_LASTI,    /* the offset that a handler is given */
    M_ITERATOR,
};
#define MARK_KIND(mark) ((mark) & 15)
#define MARK_COUNT(mark) ((mark) >> 4)
#define MARK(kind, count) ((Mark)((kind) | (count) << 4))
#define MARK_MAX 4095

typedef struct Instr {
    int opcode, oparg;
    int next; /* offset of the instruction behind it, in code units */
} Instr;

typedef struct State {
    int depth;
    int queued;
    Mark marks[];
} State;

enum { IS_START = 1, IS_LABEL = 2 };

typedef struct Verifier {
    PyCodeObject *code;
    const _Py_CODEUNIT *units;
    int count, room; /* code units; places of the stack */
    const unsigned char *kinds;
    uint8_t *flags;      /* by code unit */
    State **states;      /* of labels */
    int *queue;
    int queue_length;
    int body;            /* the first instruction behind cells and closure */
    int is_generator;
    struct Handler *handlers;
    int handler_count;
} Verifier;

typedef struct Handler {
    int start, end, target, depth, lasti;
} Handler;

static int
reject(Verifier *v, int offset, const char *what)
{
    PyErr_Format(PyExc_ValueError, "code: %s at offset %d of %U", what,
                 offset * (int)sizeof(_Py_CODEUNIT), v->code->co_qualname);
    return 0;
}

/* ---- first pass: instructions one by one ---- */

static int
decode(Verifier *v, int offset, Instr *instr)
{
    unsigned oparg = 0;
    int at = offset, opcode;
    do {
        if (at >= v->count)
            return reject(v, offset, "instruction is cut off");
        opcode = _Py_OPCODE(v->units[at]);
        oparg = oparg << 8 | _Py_OPARG(v->units[at]);
        at++;
    } while (opcode == EXTENDED_ARG && at - offset < 4);
    if (opcode == CACHE || opcode == EXTENDED_ARG || opcode == DO_TRACING
        || _PyOpcode_Deopt[opcode] != opcode)
        return reject(v, offset, "invalid instruction");
    if (oparg > INT_MAX)
        return reject(v, offset, "operand out of range");
    at += _PyOpcode_Caches[opcode];
    if (at > v->count)
        return reject(v, offset, "instruction is cut off");
    *instr = (Instr){opcode, (int)oparg, at};
    return 1;
}

/* The largest operand of instructions whose operand is a selector. */
static const uint8_t largest_operand[256] = {
    [COMPARE_OP] = Py_GE + 1, [BINARY_OP] = NB_INPLACE_XOR + 1, [IS_OP] = 2, [CONTAINS_OP] = 2,
    [RAISE_VARARGS] = 3, [RESUME] = 4, [MAKE_FUNCTION] = 16, [CALL_FUNCTION_EX] = 2,
    [FORMAT_VALUE] = 8, [RERAISE] = 3,
};

static int
check_local(Verifier *v, int offset, const Instr *instr)
{
    if (instr->oparg >= v->code->co_nlocalsplus)
        return reject(v, offset, "variable out of range");
    int kind = v->kinds[instr->oparg];
    int is_cell = (kind & (CO_FAST_CELL | CO_FAST_FREE)) != 0;
    switch (instr->opcode) {
        case STORE_FAST:
        case DELETE_FAST:
        case LOAD_FAST:
            return !is_cell || reject(v, offset, "cell used as a plain variable");
        case MAKE_CELL:
            return (kind & CO_FAST_CELL) || reject(v, offset, "variable is no cell");
        case LOAD_CLASSDEREF:
            if (v->code->co_flags & CO_OPTIMIZED)
                return reject(v, offset, "function without namespace");
            /* fall through */
        default:
            return is_cell || reject(v, offset, "variable is no cell");
    }
}

static int
check_operand(Verifier *v, int offset, const Instr *instr)
{
    int opcode = instr->opcode, oparg = instr->oparg, target;
    switch (ks_opcode_operand[opcode]) {
        case KS_OPARG_CONST:
            return oparg < PyTuple_GET_SIZE(v->code->co_consts)
                   || reject(v, offset, "constant out of range");
        case KS_OPARG_NAME:
            return (opcode == LOAD_GLOBAL ? oparg >> 1 : oparg) < PyTuple_GET_SIZE(v->code->co_names)
                   || reject(v, offset, "name out of range");
        case KS_OPARG_LOCAL:
            return check_local(v, offset, instr);
        case KS_OPARG_JUMP:
        case KS_OPARG_JUMP_BACK:
            if (oparg > v->count)
                return reject(v, offset, "jump out of range");
            target = ks_opcode_operand[opcode] == KS_OPARG_JUMP ? instr->next + oparg
                                                                 : instr->next - oparg;
            if (target < 0 || target >= v->count)
                return reject(v, offset, "jump out of range");
            v->flags[target] |= IS_LABEL;
            return 1;
        default:
            return largest_operand[opcode] == 0 || oparg < largest_operand[opcode]
                   || reject(v, offset, "operand out of range");
    }
}

/* The order of slots: locals, cells, free variables. */
static int
check_slots(Verifier *v)
{
    int stage = 0;
    for (int i = 0; i < v->code->co_nlocalsplus; i++) {
        int kind = v->kinds[i];
        int order = kind & CO_FAST_LOCAL ? 0 : kind & CO_FAST_CELL ? 1 : 2;
        if ((kind & ~(CO_FAST_LOCAL | CO_FAST_CELL | CO_FAST_FREE)) || kind == 0 || order < stage
            || ((kind & CO_FAST_FREE) && kind != CO_FAST_FREE))
            return reject(v, 0, "invalid kinds of variables");
        stage = order;
    }
    return 1;
}

/* Closure and cells are set up first, once. */
static int
check_prefix(Verifier *v)
{
    Instr instr;
    int offset = 0, cells = 0, last = -1;
    if (v->code->co_nfreevars > 0) {
        if (!decode(v, 0, &instr))
            return 0;
        if (instr.opcode != COPY_FREE_VARS || instr.oparg != v->code->co_nfreevars)
            return reject(v, 0, "closure is not fetched");
        offset = instr.next;
    }
    for (; cells < v->code->co_ncellvars; cells++, offset = instr.next) {
        if (!decode(v, offset, &instr))
            return 0;
        if (instr.opcode != MAKE_CELL || instr.oparg <= last || !check_local(v, offset, &instr))
            return PyErr_Occurred() ? 0 : reject(v, offset, "cells are not made");
        last = instr.oparg;
    }
    v->body = offset;
    return 1;
}

/* Instructions that work only together with the next one. */
static int
check_pair(Verifier *v, int offset, const Instr *instr, const Instr *next)
{
    int expected = instr->opcode == KW_NAMES ? PRECALL : CALL;
    if (next->opcode != expected || (expected == CALL && next->oparg != instr->oparg))
        return reject(v, offset, "incomplete call");
    if (instr->opcode == KW_NAMES) {
        PyObject *names = PyTuple_GET_ITEM(v->code->co_consts, instr->oparg);
        if (!PyTuple_CheckExact(names) || PyTuple_GET_SIZE(names) > next->oparg)
            return reject(v, offset, "invalid keyword names");
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); i++) {
            if (!PyUnicode_CheckExact(PyTuple_GET_ITEM(names, i)))
                return reject(v, offset, "invalid keyword names");
        }
    }
    return 1;
}

static int
check_instructions(Verifier *v)
{
    Instr instr, before = {NOP, 0, 0};
    int returns_generator = 0, before_offset = 0;
    for (int offset = 0; offset < v->count; offset = instr.next) {
        if (!decode(v, offset, &instr) || !check_operand(v, offset, &instr))
            return 0;
        v->flags[offset] |= IS_START;
        if (before.opcode == PRECALL || before.opcode == KW_NAMES) {
            if (!check_pair(v, before_offset, &before, &instr))
                return 0;
        }
        else if (instr.opcode == CALL)
            return reject(v, offset, "incomplete call");
        if (offset >= v->body && (instr.opcode == MAKE_CELL || instr.opcode == COPY_FREE_VARS))
            return reject(v, offset, "cell made in the middle of code");
        if (instr.opcode == RETURN_GENERATOR) {
            if (offset != v->body)
                return reject(v, offset, "generator made in the middle of code");
            returns_generator = 1;
        }
        before = instr;
        before_offset = offset;
    }
    if (before.opcode == PRECALL || before.opcode == KW_NAMES)
        return reject(v, before_offset, "incomplete call");
    int kinds = v->code->co_flags & (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR);
    if (returns_generator != (kinds != 0) || (kinds & (kinds - 1)))
        return reject(v, 0, "flags and instructions disagree about being a generator");
    v->is_generator = returns_generator;
    return 1;
}

/* ---- exception table ---- */

static int
read_number(const unsigned char **at, const unsigned char *end, int first, int *value)
{
    *value = 0;
    for (int bytes = 0; bytes < 5; bytes++, ++*at) {
        if (*at >= end || ((**at & 128) != 0) != (first && bytes == 0) || *value >> 24)
            return 0;
        *value = *value << 6 | (**at & 63);
        if (!(**at & 64)) {
            ++*at;
            return 1;
        }
    }
    return 0;
}

static int
read_handlers(Verifier *v)
{
    PyObject *table = v->code->co_exceptiontable;
    const unsigned char *at = (unsigned char *)PyBytes_AS_STRING(table);
    const unsigned char *end = at + PyBytes_GET_SIZE(table);
    int room = (int)(PyBytes_GET_SIZE(table) / 4), previous = 0;
    v->handlers = PyMem_Malloc(((size_t)room + 1) * sizeof(Handler));
    if (v->handlers == NULL) {
        PyErr_NoMemory();
        return 0;
    }
    while (at < end) {
        int start, size, target, depth;
        if (!read_number(&at, end, 1, &start) || !read_number(&at, end, 0, &size)
            || !read_number(&at, end, 0, &target) || !read_number(&at, end, 0, &depth)
            || start < previous || size <= 0 || size > v->count - start || target >= v->count
            || !(v->flags[target] & IS_START) || target < v->body
            || (depth >> 1) + 1 + (depth & 1) > v->room)
            return reject(v, 0, "malformed exception table");
        v->flags[target] |= IS_LABEL;
        v->handlers[v->handler_count++] =
            (Handler){start, start + size, target, depth >> 1, depth & 1};
        previous = start + size;
    }
    return 1;
}

/* ---- second pass: the stack ---- */

static Mark
join(Mark a, Mark b)
{
    if (a == b)
        return a;
    if (MARK_KIND(a) == M_NULL || MARK_KIND(b) == M_NULL || a == M_MAYBE || b == M_MAYBE)
        return M_MAYBE;
    if ((a == M_EXCEPTION && b == M_HANDLED) || (a == M_HANDLED && b == M_EXCEPTION))
        return M_HANDLED;
    return M_OBJECT;
}

/* Control can come to target with this stack. */
static int
reach(Verifier *v, int from, int target, const Mark *marks, int depth)
{
    State *state = v->states[target];
    if (!(v->flags[target] & IS_START))
        return reject(v, from, "jump into an instruction");
    if (target < v->body)
        return reject(v, from, "jump into the set-up of variables");
    int changed = state == NULL;
    if (state == NULL) {
        state = PyMem_Malloc(sizeof(State) + (size_t)depth * sizeof(Mark));
        if (state == NULL) {
            PyErr_NoMemory();
            return 0;
        }
        state->depth = depth;
        state->queued = 0;
        memcpy(state->marks, marks, (size_t)depth * sizeof(Mark));
        v->states[target] = state;
    }
    else {
        if (state->depth != depth)
            return reject(v, target, "different stack depths meet");
        for (int i = 0; i < depth; i++) {
            Mark mark = join(state->marks[i], marks[i]);
            changed |= mark != state->marks[i];
            state->marks[i] = mark;
        }
    }
    if (changed && !state->queued) {
        state->queued = 1;
        v->queue[v->queue_length++] = target;
    }
    return 1;
}

/* How many values an instruction takes off the stack, in this state of things. */
static int
values_taken(const Instr *instr)
{
    int oparg = instr->oparg;
    switch (instr->opcode) {
        case POP_TOP: case PRINT_EXPR: case IMPORT_STAR: case RETURN_VALUE: case POP_EXCEPT:
        case STORE_NAME: case STORE_GLOBAL: case STORE_FAST: case STORE_DEREF:
        case UNARY_POSITIVE: case UNARY_NEGATIVE: case UNARY_NOT: case UNARY_INVERT:
        case GET_ITER: case GET_YIELD_FROM_ITER: case GET_AITER: case GET_AWAITABLE:
        case BEFORE_WITH: case BEFORE_ASYNC_WITH: case LOAD_ATTR: case LOAD_METHOD:
        case DELETE_ATTR: case UNPACK_SEQUENCE: case UNPACK_EX: case LIST_TO_TUPLE:
        case YIELD_VALUE: case ASYNC_GEN_WRAP: case RERAISE: case PUSH_EXC_INFO:
        case LIST_APPEND: case SET_ADD: case LIST_EXTEND: case SET_UPDATE: case DICT_UPDATE:
        case DICT_MERGE:
        case POP_JUMP_FORWARD_IF_FALSE: case POP_JUMP_FORWARD_IF_TRUE:
        case POP_JUMP_FORWARD_IF_NONE: case POP_JUMP_FORWARD_IF_NOT_NONE:
        case POP_JUMP_BACKWARD_IF_FALSE: case POP_JUMP_BACKWARD_IF_TRUE:
        case POP_JUMP_BACKWARD_IF_NONE: case POP_JUMP_BACKWARD_IF_NOT_NONE:
        case JUMP_IF_FALSE_OR_POP: case JUMP_IF_TRUE_OR_POP:
            return 1;
        case BINARY_SUBSCR: case BINARY_OP: case COMPARE_OP: case IS_OP: case CONTAINS_OP:
        case DELETE_SUBSCR: case STORE_ATTR: case IMPORT_NAME: case MAP_ADD: case END_ASYNC_FOR:
        case PREP_RERAISE_STAR: case CHECK_EXC_MATCH: case CHECK_EG_MATCH:
            return 2;
        case STORE_SUBSCR: case MATCH_CLASS:
            return 3;
        case BUILD_TUPLE: case BUILD_LIST: case BUILD_SET: case BUILD_STRING: case RAISE_VARARGS:
            return oparg;
        case BUILD_MAP:
            return oparg > INT_MAX / 2 ? INT_MAX : oparg * 2;
        case BUILD_CONST_KEY_MAP:
            return oparg == INT_MAX ? INT_MAX : oparg + 1;
        case BUILD_SLICE:
            return oparg == 3 ? 3 : 2;
        case FORMAT_VALUE:
            return oparg & 4 ? 2 : 1;
        case MAKE_FUNCTION:
            return 1 + (oparg & 1) + (oparg >> 1 & 1) + (oparg >> 2 & 1) + (oparg >> 3 & 1);
        case CALL_FUNCTION_EX:
            return 3 + (oparg & 1);
        case CALL:
            return oparg > INT_MAX - 2 ? INT_MAX : oparg + 2;
        default:
            return 0;
    }
}

/* How many values must lie below those taken. */
static int
values_read(const Instr *instr)
{
    int oparg = instr->oparg;
    switch (instr->opcode) {
        case LIST_APPEND: case SET_ADD: case MAP_ADD: case LIST_EXTEND: case SET_UPDATE:
        case DICT_UPDATE: case SWAP: case COPY:
            return oparg;
        case DICT_MERGE:
            return oparg > INT_MAX - 2 ? INT_MAX : oparg + 2;
        case GET_ANEXT: case IMPORT_FROM: case GET_LEN: case MATCH_MAPPING: case MATCH_SEQUENCE:
        case FOR_ITER:
            return 1;
        case MATCH_KEYS: case SEND:
            return 2;
        case WITH_EXCEPT_START:
            return 4;
        case RERAISE:
            return oparg;
        case PRECALL:
            return oparg > INT_MAX - 2 ? INT_MAX : oparg + 2;
        default:
            return 0;
    }
}

static int
is_object(Mark mark)
{
    return MARK_KIND(mark) != M_NULL && MARK_KIND(mark) != M_MAYBE;
}

static int
is_tuple(Mark mark)
{
    int kind = MARK_KIND(mark);
    return kind == M_TUPLE || kind == M_NAMES || kind == M_CLOSURE;
}

static Mark
mark_of_constant(PyObject *value)
{
    if (PyTuple_CheckExact(value)) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(value); i++) {
            if (!PyUnicode_CheckExact(PyTuple_GET_ITEM(value, i)))
                return M_TUPLE;
        }
        return M_NAMES;
    }
    if (PyCode_Check(value)) {
        int frees = ((PyCodeObject *)value)->co_nfreevars;
        return frees <= MARK_MAX ? MARK(M_CODE, frees) : M_OBJECT;
    }
    return M_OBJECT;
}

static Mark
mark_of_tuple(const Mark *items, int count)
{
    if (count == 0 || count > MARK_MAX)
        return M_TUPLE;
    for (int i = 0; i < count; i++) {
        if (items[i] != M_CELL)
            return M_TUPLE;
    }
    return MARK(M_CLOSURE, count);
}

/* code, then closure, annotations, keyword defaults, defaults, as the flags say. */
static int
fits_function(const Mark *top, int flags)
{
    Mark code = *--top;
    if (MARK_KIND(code) != M_CODE)
        return 0;
    if (flags & 8) {
        if (*--top != MARK(M_CLOSURE, MARK_COUNT(code)))
            return 0;
    }
    else if (MARK_COUNT(code) != 0)
        return 0;
    return (!(flags & 4) || is_tuple(*--top)) && (!(flags & 2) || *--top == M_DICT)
           && (!(flags & 1) || is_tuple(*--top));
}

/* Whether the instruction finds what it needs; top is one behind the last mark. All values taken
 * are objects unless said otherwise here. */
static int
finds_operands(Verifier *v, const Instr *instr, int offset, const Mark *top, int depth)
{
    int oparg = instr->oparg;
    switch (instr->opcode) {
        case CALL:
            /* The lowest place is NULL or a method. */
            for (int i = 1; i <= oparg + 1; i++) {
                if (!is_object(top[-i]))
                    return 0;
            }
            return 1;
        case CALL_FUNCTION_EX:
            return is_object(top[-1]) && is_object(top[-2])
                   && (!(oparg & 1) || is_object(top[-3])) && !is_object(top[-3 - (oparg & 1)]);
        case MAKE_FUNCTION:
            return fits_function(top, oparg);
        case LIST_APPEND:
        case LIST_EXTEND:
            return oparg >= 1 && is_object(top[-1]) && top[-1 - oparg] == M_LIST;
        case SET_ADD:
        case SET_UPDATE:
            return oparg >= 1 && is_object(top[-1]) && top[-1 - oparg] == M_SET;
        case MAP_ADD:
            return oparg >= 1 && is_object(top[-1]) && is_object(top[-2])
                   && top[-2 - oparg] == M_DICT;
        case DICT_UPDATE:
            return oparg >= 1 && is_object(top[-1]) && top[-1 - oparg] == M_DICT;
        case DICT_MERGE:
            return oparg >= 1 && is_object(top[-1]) && top[-1 - oparg] == M_DICT
                   && is_object(top[-3 - oparg]);
        case LIST_TO_TUPLE:
            return top[-1] == M_LIST;
        case COPY:
        case SWAP:
            return oparg >= 1;
        case FOR_ITER:
            return top[-1] == M_ITERATOR;
        case SEND:
            return v->is_generator && is_object(top[-1]) && top[-2] == M_ITERATOR;
        case YIELD_VALUE: {
            /* A RESUME that waits for another iterator has it on the stack. */
            _Py_CODEUNIT next = instr->next < v->count ? v->units[instr->next] : 0;
            int waits = _Py_OPCODE(next) == RESUME && _Py_OPARG(next) >= 2;
            return v->is_generator && is_object(top[-1])
                   && (!waits || (depth >= 2 && is_object(top[-2])));
        }
        case ASYNC_GEN_WRAP:
            return (v->code->co_flags & CO_ASYNC_GENERATOR) && is_object(top[-1]);
        case RETURN_VALUE:
            return depth == 1 && is_object(top[-1]);
        case PUSH_EXC_INFO:
            return top[-1] == M_EXCEPTION;
        case POP_EXCEPT:
            return top[-1] == M_HANDLED || top[-1] == M_EXCEPTION;
        case RERAISE:
            return (top[-1] == M_EXCEPTION || top[-1] == M_HANDLED)
                   && (oparg == 0 || top[-1 - oparg] == M_LASTI);
        case CHECK_EXC_MATCH:
            return top[-2] == M_EXCEPTION && is_object(top[-1]);
        case CHECK_EG_MATCH:
            return (top[-2] == M_EXCEPTION || top[-2] == M_HANDLED) && is_object(top[-1]);
        case PREP_RERAISE_STAR:
            return top[-1] == M_LIST && (top[-2] == M_EXCEPTION || top[-2] == M_HANDLED);
        case END_ASYNC_FOR:
            return top[-1] == M_EXCEPTION && is_object(top[-2]);
        case WITH_EXCEPT_START:
            return top[-1] == M_EXCEPTION && top[-3] == M_LASTI && is_object(top[-4]);
        case MATCH_CLASS:
            return top[-1] == M_NAMES && is_object(top[-2]) && is_object(top[-3]);
        case MATCH_KEYS:
            return is_tuple(top[-1]) && is_object(top[-2]);
        case RETURN_GENERATOR:
            return depth == 0;
        default: {
            int needed = values_taken(instr);
            if (needed == 0)
                needed = instr->opcode == PRECALL ? 0 : values_read(instr);
            for (int i = 1; i <= needed; i++) {
                if (!is_object(top[-i]))
                    return 0;
            }
            return 1;
        }
    }
}

/* What the instruction leaves behind; marks has depth values, those taken are gone, taken points
 * at where they were. Returns the new depth, -1 if the stack is too small. */
static int
push_results(Verifier *v, const Instr *instr, Mark *marks, int depth, const Mark *taken)
{
    int oparg = instr->oparg, base = depth;
    Mark first = M_OBJECT, second = M_OBJECT;
    int pushed = 0;
    switch (instr->opcode) {
        case POP_TOP: case PRINT_EXPR: case IMPORT_STAR: case POP_EXCEPT: case STORE_NAME:
        case STORE_GLOBAL: case STORE_FAST: case STORE_DEREF: case DELETE_ATTR: case STORE_ATTR:
        case DELETE_SUBSCR: case STORE_SUBSCR: case MAP_ADD: case LIST_APPEND: case SET_ADD:
        case LIST_EXTEND: case SET_UPDATE: case DICT_UPDATE: case DICT_MERGE: case END_ASYNC_FOR:
        case NOP: case RESUME: case DELETE_NAME: case DELETE_GLOBAL: case DELETE_FAST:
        case DELETE_DEREF: case SETUP_ANNOTATIONS: case MAKE_CELL: case COPY_FREE_VARS:
        case KW_NAMES: case PRECALL: case JUMP_FORWARD: case JUMP_BACKWARD:
        case JUMP_BACKWARD_NO_INTERRUPT: case SEND:
        case POP_JUMP_FORWARD_IF_FALSE: case POP_JUMP_FORWARD_IF_TRUE:
        case POP_JUMP_FORWARD_IF_NONE: case POP_JUMP_FORWARD_IF_NOT_NONE:
        case POP_JUMP_BACKWARD_IF_FALSE: case POP_JUMP_BACKWARD_IF_TRUE:
        case POP_JUMP_BACKWARD_IF_NONE: case POP_JUMP_BACKWARD_IF_NOT_NONE:
        case JUMP_IF_FALSE_OR_POP: case JUMP_IF_TRUE_OR_POP:
            return depth;
        case SWAP: {
            Mark top = marks[depth - 1];
            marks[depth - 1] = marks[depth - oparg];
            marks[depth - oparg] = top;
            return depth;
        }
        case UNPACK_SEQUENCE:
            pushed = oparg;
            break;
        case UNPACK_EX:
            pushed = (oparg & 0xFF) + (oparg >> 8) + 1;
            break;
        case LOAD_METHOD:
            first = M_MAYBE;
            pushed = 2;
            break;
        case LOAD_GLOBAL:
            first = oparg & 1 ? M_NULL : M_OBJECT;
            pushed = 1 + (oparg & 1);
            break;
        case BEFORE_WITH:
        case BEFORE_ASYNC_WITH:
            pushed = 2;
            break;
        case PUSH_EXC_INFO:
            first = M_HANDLED;
            second = M_EXCEPTION;
            pushed = 2;
            break;
        case CHECK_EXC_MATCH:
            first = M_EXCEPTION;
            pushed = 2;
            break;
        case CHECK_EG_MATCH:
            first = second = M_HANDLED;
            pushed = 2;
            break;
        case COPY:
            first = marks[depth - oparg];
            pushed = 1;
            break;
        case PUSH_NULL:
            first = M_NULL;
            pushed = 1;
            break;
        case LOAD_CONST:
            first = mark_of_constant(PyTuple_GET_ITEM(v->code->co_consts, oparg));
            pushed = 1;
            break;
        case LOAD_FAST: {
            /* A comprehension gets its iterator as an argument. */
            PyObject *name = PyTuple_GET_ITEM(v->code->co_localsplusnames, oparg);
            int is_implicit = oparg == 0 && PyUnicode_CompareWithASCIIString(name, ".0") == 0;
            first = is_implicit ? M_ITERATOR : M_OBJECT;
            pushed = 1;
            break;
        }
        case LOAD_CLOSURE:
            first = M_CELL;
            pushed = 1;
            break;
        case GET_ITER: case GET_YIELD_FROM_ITER: case GET_AWAITABLE: case GET_ANEXT:
            first = M_ITERATOR;
            pushed = 1;
            break;
        case PREP_RERAISE_STAR:
            first = M_HANDLED;
            pushed = 1;
            break;
        case BUILD_LIST:
            first = M_LIST;
            pushed = 1;
            break;
        case BUILD_SET:
            first = M_SET;
            pushed = 1;
            break;
        case BUILD_MAP:
        case BUILD_CONST_KEY_MAP:
            first = M_DICT;
            pushed = 1;
            break;
        case BUILD_TUPLE:
            first = mark_of_tuple(taken, oparg);
            pushed = 1;
            break;
        case LIST_TO_TUPLE:
            first = M_TUPLE;
            pushed = 1;
            break;
        default:
            pushed = 1;
    }
    if (pushed > v->room - base)
        return -1;
    for (int i = 0; i < pushed; i++)
        marks[base + i] = i == 0 ? first : i == 1 ? second : M_OBJECT;
    return base + pushed;
}

/* The handler of an instruction can be entered with what is below the values it takes. */
static int
reach_handler(Verifier *v, int offset, Mark *marks, int depth, int taken)
{
    int low = 0, high = v->handler_count;
    while (low < high) {
        int middle = (low + high) / 2;
        if (v->handlers[middle].end <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == v->handler_count || offset < v->handlers[low].start)
        return 1;
    Handler *handler = &v->handlers[low];
    if (handler->depth > depth - taken)
        return reject(v, offset, "handler needs a deeper stack");
    Mark saved[2];
    int at = handler->depth, extra = 1 + handler->lasti;
    memcpy(saved, marks + at, sizeof(saved));
    if (handler->lasti)
        marks[at] = M_LASTI;
    marks[at + handler->lasti] = M_EXCEPTION;
    int ok = reach(v, offset, handler->target, marks, at + extra);
    memcpy(marks + at, saved, sizeof(saved));
    return ok;
}

/* Instructions that raise nothing and so enter no handler. */
static int
never_raises(int opcode)
{
    switch (opcode) {
        case NOP: case SWAP: case COPY: case PUSH_NULL: case LOAD_CONST: case POP_EXCEPT:
        case JUMP_FORWARD: case KW_NAMES: case PRECALL: case RETURN_VALUE: case PUSH_EXC_INFO:
            return 1;
        default:
            return 0;
    }
}

static int
jump_target(const Instr *instr)
{
    return ks_opcode_operand[instr->opcode] == KS_OPARG_JUMP ? instr->next + instr->oparg
                                                              : instr->next - instr->oparg;
}

/* Both sides of a jump; *falls says whether control can go on behind it. */
static int
follow_jump(Verifier *v, const Instr *instr, int offset, Mark *marks, int *depth, int *falls)
{
    int target = jump_target(instr), there = *depth;
    switch (instr->opcode) {
        case JUMP_FORWARD:
        case JUMP_BACKWARD:
        case JUMP_BACKWARD_NO_INTERRUPT:
            *falls = 0;
            break;
        case FOR_ITER: /* exhausted: the iterator is gone */
            there--;
            break;
        case SEND: /* finished: the result takes the place of the iterator */
            there--;
            marks[there - 1] = M_OBJECT;
            if (!reach(v, offset, target, marks, there))
                return 0;
            marks[there - 1] = M_ITERATOR;
            marks[there] = M_OBJECT;
            return 1;
        case JUMP_IF_FALSE_OR_POP:
        case JUMP_IF_TRUE_OR_POP: /* the value stays on the jump's side */
            there++;
            break;
    }
    if (!reach(v, offset, target, marks, there))
        return 0;
    if (instr->opcode == FOR_ITER) {
        if (*depth == v->room)
            return reject(v, offset, "stack too small");
        marks[(*depth)++] = M_OBJECT;
    }
    return 1;
}

/* Follows the code from offset until control leaves or meets a known state. */
static int
run(Verifier *v, int offset, Mark *marks, int depth)
{
    for (;;) {
        Instr instr;
        if (!decode(v, offset, &instr))
            return 0;
        int taken = values_taken(&instr), read = values_read(&instr), opcode = instr.opcode;
        if (taken > depth || read > depth - taken)
            return reject(v, offset, "stack underflow");
        if (!finds_operands(v, &instr, offset, marks + depth, depth))
            return reject(v, offset, "wrong operands");
        if (!never_raises(opcode) && !reach_handler(v, offset, marks, depth, taken))
            return 0;
        if (opcode == RETURN_VALUE || opcode == RAISE_VARARGS || opcode == RERAISE)
            return 1;
        depth -= taken;
        int falls = 1;
        if (ks_opcode_is_jump(opcode)) {
            if (!follow_jump(v, &instr, offset, marks, &depth, &falls))
                return 0;
        }
        else if ((depth = push_results(v, &instr, marks, depth, marks + depth)) < 0)
            return reject(v, offset, "stack too small");
        if (!falls)
            return 1;
        offset = instr.next;
        if (offset >= v->count)
            return reject(v, offset, "control runs off the end");
        if (v->flags[offset] & IS_LABEL)
            return reach(v, offset, offset, marks, depth);
    }
}

static int
check_stack(Verifier *v)
{
    Mark *marks = PyMem_Malloc(((size_t)v->room + 4) * sizeof(Mark));
    if (marks == NULL) {
        PyErr_NoMemory();
        return 0;
    }
    int ok = 1;
    /* Nothing jumps into the set-up of variables; what follows it may be a loop. */
    if (v->flags[v->body] & IS_LABEL)
        ok = reach(v, 0, v->body, marks, 0);
    else
        ok = run(v, v->body, marks, 0);
    while (ok && v->queue_length > 0) {
        int offset = v->queue[--v->queue_length];
        State *state = v->states[offset];
        state->queued = 0;
        memcpy(marks, state->marks, (size_t)state->depth * sizeof(Mark));
        ok = run(v, offset, marks, state->depth);
    }
    PyMem_Free(marks);
    return ok;
}

static Verifier
verifier_of(PyCodeObject *code)
{
    return (Verifier){
        .code = code, .units = _PyCode_CODE(code), .count = (int)Py_SIZE(code),
        .room = code->co_stacksize,
        .kinds = (const unsigned char *)PyBytes_AS_STRING(code->co_localspluskinds),
    };
}

/* What holds from the first instruction on; finds the body. */
static int
check_start(Verifier *v)
{
    if (v->count == 0)
        return reject(v, 0, "no instructions");
    if (v->room > 1 << 20)
        return reject(v, 0, "stack too large");
    if (!check_slots(v) || !check_prefix(v))
        return 0;
    return v->body < v->count || reject(v, 0, "no instructions");
}

int
ks_code_verify(PyCodeObject *code)
{
    Verifier v = verifier_of(code);
    if (!check_start(&v))
        return 0;
    size_t count = (size_t)v.count;
    v.flags = PyMem_Calloc(count + 1, 1);
    v.states = PyMem_Calloc(count, sizeof(State *));
    v.queue = PyMem_Malloc(count * sizeof(int));
    int ok = v.flags != NULL && v.states != NULL && v.queue != NULL;
    if (!ok)
        PyErr_NoMemory();
    ok = ok && check_instructions(&v) && read_handlers(&v) && check_stack(&v);
    for (size_t i = 0; v.states != NULL && i < count; i++) {
        if (v.states[i] != NULL)
            PyMem_Free(v.states[i]);
    }
    PyMem_Free(v.handlers);
    PyMem_Free(v.flags);
    PyMem_Free(v.states);
    PyMem_Free(v.queue);
    return ok;
}

int
ks_code_verify_start(PyCodeObject *code)
{
    Verifier v = verifier_of(code);
    if (!check_start(&v))
        return 0;
    /* A generator's frame is handed out before it comes to RESUME. */
    if (_Py_OPCODE(v.units[v.body]) != RESUME
        || (code->co_flags & (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR)))
        return ks_code_verify(code);
    code->co_warmup = KS_WARMUP_UNVERIFIED;
    return 1;
}

int
ks_code_verify_rest(PyCodeObject *code)
{
    if (!ks_code_verify(code))
        return 0;
    code->co_warmup = QUICKENING_INITIAL_WARMUP_VALUE;
    return 1;
}
