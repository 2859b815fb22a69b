/* SPDX-License-Identifier: MIT */
/* Pass two: what is wrong with a program that pass one refused.
 *
 * The rows of diagnose.def are compiled once into alternatives of items and then run with
 * backtracking over the tokens of pass one, as a parsing expression grammar. Nothing but the places
 * and kinds of expressions is built. Which mistake is reported is decided by the order in which
 * rules are tried, so neither rows nor the set of remembered rules may be changed lightly.
 * Raised exceptions set parser->failed, which stops everything. */
#include "ks_parse.h"

typedef struct Node Node;
struct Node {
    int kind; /* of an expression (KS_Name ...), 0, or NODE_KEYWORD, NODE_MAPPING */
    int first, last, count;
    Node **items;
};

enum { NODE_KEYWORD = 100, NODE_MAPPING = 101 };

typedef struct Diagnosis Diagnosis;

/* ---- the compiled grammar ---- */

typedef enum ItemWhat {
    ITEM_TOKEN, ITEM_WORD, ITEM_SOFT, ITEM_RULE, ITEM_CUT, ITEM_FORCED
} ItemWhat;

typedef struct Item {
    unsigned char what, look; /* look: '&', '!' or 0 */
    char count;               /* '1', '?', '*', '+', '^' */
    short which, between;     /* token or rule; what separates for '^' */
    const char *word;
} Item;

typedef enum Action { DO_VALUE, DO_NODE, DO_PICK, DO_AT, DO_RANGE, DO_LAST, DO_INDENT, DO_CALL } Action;

typedef struct Alternative {
    short rule, item_first, item_count, next; /* next of the rule, -1 */
    unsigned char action;
    char is_mistake; /* left out where mistakes are not looked for */
    short a, b;
    const char *message;
    Node *(*call)(Diagnosis *, Node **);
} Alternative;

typedef struct Rule {
    const char *name;
    short first, last; /* alternatives */
    char remembers, is_left_recursive;
} Rule;

enum { MOST_RULES = 400, MOST_ALTERNATIVES = 900, MOST_ITEMS = 3000 };

static struct {
    int is_ready;
    int rule_count, alternative_count, item_count;
    Rule rules[MOST_RULES];
    Alternative alternatives[MOST_ALTERNATIVES];
    Item items[MOST_ITEMS];
} *grammar;

/* ---- running ---- */

typedef struct Memory {
    unsigned int key; /* position * MOST_RULES + rule + 1; 0 is free */
    int end;
    Node *node;
} Memory;

struct Diagnosis {
    KsParser *p;
    int quiet, no_memory;
    Memory *memory;
    unsigned int memory_count, memory_room;
    KsArena *arena;
};

static Node *run_rule(Diagnosis *d, int rule);

static Node *
node_make(Diagnosis *d, int kind, int first, Node **items, int count)
{
    Node *node = ks_arena_alloc(d->arena, sizeof(Node) + (size_t)count * sizeof(Node *));
    if (node == NULL) {
        d->p->failed = 1;
        return NULL;
    }
    *node = (Node){kind, first, d->p->pos - 1, count, (Node **)(node + 1)};
    if (count > 0)
        memcpy(node->items, items, (size_t)count * sizeof(Node *));
    return node;
}

static Memory *
memory_find(Diagnosis *d, unsigned int key)
{
    unsigned int at = key * 2654435761u & (d->memory_room - 1);
    while (d->memory[at].key != 0 && d->memory[at].key != key)
        at = (at + 1) & (d->memory_room - 1);
    return &d->memory[at];
}

static int
memory_put(Diagnosis *d, unsigned int key, Node *node, int end)
{
    if (d->memory_count * 2 >= d->memory_room) {
        Memory *old = d->memory;
        unsigned int old_room = d->memory_room;
        Memory *new = PyMem_Calloc(old_room * 2, sizeof(Memory));
        if (new == NULL) {
            PyErr_NoMemory();
            d->p->failed = 1;
            return 0;
        }
        d->memory = new;
        d->memory_room = old_room * 2;
        for (unsigned int i = 0; i < old_room; i++) {
            if (old[i].key != 0)
                *memory_find(d, old[i].key) = old[i];
        }
        PyMem_Free(old);
    }
    Memory *place = memory_find(d, key);
    d->memory_count += place->key == 0;
    *place = (Memory){key, end, node};
    return 1;
}

/* ---- places and names ---- */

static const KsToken *
node_start(Diagnosis *d, const Node *node)
{
    return &d->p->tokens[node->first];
}

static const KsToken *
node_end(Diagnosis *d, const Node *node)
{
    int last = node->last;
    while (last > node->first && (d->p->tokens[last].kind == TK_ENDMARKER ||
                                  (d->p->tokens[last].kind >= TK_NEWLINE &&
                                   d->p->tokens[last].kind <= TK_DEDENT)))
        last--;
    return &d->p->tokens[last];
}

/* The last expression inside node, which may end before node does: brackets around an expression
 * are no part of it. */
static const Node *
last_expression(const Node *node)
{
    if (node->kind != 0)
        return node;
    for (int i = node->count - 1; i >= 0; i--) {
        const Node *found = last_expression(node->items[i]);
        if (found != NULL)
            return found;
    }
    return NULL;
}

static Node *
raise_range(Diagnosis *d, const Node *from, const Node *to, const char *message, ...)
{
    va_list arguments;
    va_start(arguments, message);
    KS_OWNED PyObject *text = PyUnicode_FromFormatV(message, arguments);
    va_end(arguments);
    const KsToken *a = node_start(d, from), *b = node_end(d, to);
    if (text == NULL)
        d->p->failed = 1;
    else
        ks_parser_error_at(d->p, PyExc_SyntaxError, a->lineno, a->col_offset, b->end_lineno,
                           b->end_col_offset, "%U", text);
    return NULL;
}

/* From node to where the lexer is. */
static Node *
raise_from(Diagnosis *d, const Node *node, const char *message)
{
    const KsToken *a = node_start(d, node);
    const KsLexer *lexer = &d->p->lexer;
    return ks_parser_error_at(d->p, PyExc_SyntaxError, a->lineno, a->col_offset, lexer->lineno,
                              (int)(lexer->cur - lexer->line_start) - 1, "%s", message);
}

static const char *
node_name(Diagnosis *d, const Node *node)
{
    switch (node->kind) {
    case KS_Attribute: return "attribute";
    case KS_Subscript: return "subscript";
    case KS_Starred: return "starred";
    case KS_Name: return "name";
    case KS_List: return "list";
    case KS_Tuple: return "tuple";
    case KS_Lambda: return "lambda";
    case KS_Call: return "function call";
    case KS_BoolOp:
    case KS_BinOp:
    case KS_UnaryOp: return "expression";
    case KS_GeneratorExp: return "generator expression";
    case KS_Yield:
    case KS_YieldFrom: return "yield expression";
    case KS_Await: return "await expression";
    case KS_ListComp: return "list comprehension";
    case KS_SetComp: return "set comprehension";
    case KS_DictComp: return "dict comprehension";
    case KS_Dict: return "dict literal";
    case KS_Set: return "set display";
    case KS_JoinedStr:
    case KS_FormattedValue: return "f-string expression";
    case KS_Compare: return "comparison";
    case KS_IfExp: return "conditional expression";
    case KS_NamedExpr: return "named expression";
    case KS_Constant:
        switch (node_start(d, node)->kind) {
        case KW_None: return "None";
        case KW_True: return "True";
        case KW_False: return "False";
        case TK_ELLIPSIS: return "ellipsis";
        default: return "literal";
        }
    default: return "expression";
    }
}

/* Calls see() for the outermost expressions inside node's values until it answers non-NULL. */
static const Node *
each_expression(const Node *node, const Node *(*see)(const Node *, int, void *), int how, void *data)
{
    for (int i = 0; i < node->count; i++) {
        const Node *item = node->items[i];
        const Node *found = item->kind != 0 ? see(item, how, data)
                                            : each_expression(item, see, how, data);
        if (found != NULL)
            return found;
    }
    return NULL;
}

enum { TARGET_ASSIGN, TARGET_DELETE, TARGET_FOR };

/* The part of expression that cannot be assigned to, or NULL. */
static const Node *
invalid_part(const Node *node, int how, void *data)
{
    switch (node->kind) {
    case KS_List:
    case KS_Tuple:
        return each_expression(node, invalid_part, how, data);
    case KS_Starred:
        return how == TARGET_DELETE ? node : invalid_part(node->items[1], how, data);
    case KS_Compare:
        /* `for x in y` was read as a comparison. */
        if (how == TARGET_FOR) {
            const Node *pair = node->items[1]->items[0];
            const KsToken *tokens = data;
            return tokens[pair->first].kind == KW_in ? invalid_part(node->items[0], how, data)
                                                     : NULL;
        }
        return node;
    case KS_Name:
    case KS_Subscript:
    case KS_Attribute:
        return NULL;
    default:
        return node;
    }
}

static Node *
raise_target(Diagnosis *d, const Node *node, int how)
{
    const Node *part = invalid_part(node, how, d->p->tokens);
    if (part == NULL)
        return NULL;
    return raise_range(d, part, part,
                       how == TARGET_DELETE ? "cannot delete %s" : "cannot assign to %s",
                       node_name(d, part));
}

/* ---- what CALL rows call ---- */

static Node *
annotated_display(Diagnosis *d, Node **v)
{
    return raise_range(d, v[0], v[0], "only single target (not %s) can be annotated",
                       node_name(d, v[0]));
}

static Node *
bad_assign_target(Diagnosis *d, Node **v)
{
    return raise_target(d, v[1], TARGET_ASSIGN);
}

static Node *
bad_del_target(Diagnosis *d, Node **v)
{
    return raise_target(d, v[1], TARGET_DELETE);
}

static Node *
bad_for_target(Diagnosis *d, Node **v)
{
    return raise_target(d, v[2], TARGET_FOR);
}

static Node *
bad_with_target(Diagnosis *d, Node **v)
{
    return raise_target(d, v[2], TARGET_ASSIGN);
}

static Node *
several_exceptions(Diagnosis *d, Node **v)
{
    return raise_from(d, v[2], "multiple exception types must be parenthesized");
}

static Node *
starred_value(Diagnosis *d, Node **v)
{
    return raise_from(d, v[2], "cannot use a starred expression in a dictionary value");
}

static int
token_is(Diagnosis *d, const Node *node, const char *word)
{
    const KsToken *token = node_start(d, node);
    size_t length = strlen(word);
    return node->kind == KS_Name && node->first == node->last &&
           token->end - token->start == length &&
           memcmp(parser_text(d->p, token), word, length) == 0;
}

static Node *
forgotten_comma(Diagnosis *d, Node **v)
{
    if (token_is(d, v[0], "print") || token_is(d, v[0], "exec") ||
        d->p->tokens[d->p->pos - 1].level == 0)
        return NULL;
    return raise_range(d, v[0], v[1], "invalid syntax. Perhaps you forgot a comma?");
}

static Node *
legacy_statement(Diagnosis *d, Node **v)
{
    const KsToken *token = node_start(d, v[0]);
    const char *text = parser_text(d->p, token);
    int length = (int)(token->end - token->start);
    if (!(length == 5 && memcmp(text, "print", 5) == 0) &&
        !(length == 4 && memcmp(text, "exec", 4) == 0))
        return NULL;
    const char *word = length == 5 ? "print" : "exec";
    return raise_range(d, v[0], v[1],
                       "Missing parentheses in call to '%s'. Did you mean %s(...)?", word, word);
}

/* The operator that is spelt as the future flag wants it, else nothing. */
static Node *
check_diamond(Diagnosis *d, Node **v)
{
    int is_diamond = *parser_text(d->p, node_start(d, v[0])) == '<';
    if (d->p->barry && !is_diamond)
        return ks_parser_error(d->p, PyExc_SyntaxError,
                               "with Barry as BDFL, use '<>' instead of '!='");
    return is_diamond == d->p->barry ? v[0] : NULL;
}

static Node *
missing_colon(Diagnosis *d, Node **v)
{
    const KsToken *a = node_start(d, v[0]), *b = node_end(d, v[0]);
    return ks_parser_error_at(d->p, PyExc_SyntaxError, a->lineno, b->end_col_offset - 1,
                              b->end_lineno, -1, "':' expected after dictionary key");
}

typedef struct ArgumentCount {
    int positional, mappings;
    const Node *last;
} ArgumentCount;

static const Node *
count_argument(const Node *node, int how, void *data)
{
    ArgumentCount *count = data;
    if (node->kind == NODE_MAPPING)
        count->mappings++;
    else if (node->kind != NODE_KEYWORD) {
        count->positional++;
        count->last = node;
    }
    return NULL;
}

static ArgumentCount
count_arguments(const Node *args)
{
    ArgumentCount count = {0, 0, NULL};
    if (args->kind != 0)
        count_argument(args, 0, &count);
    else
        each_expression(args, count_argument, 0, &count);
    return count;
}

static Node *
bare_generator(Diagnosis *d, Node **v)
{
    ArgumentCount count = count_arguments(v[0]);
    if (count.positional <= 1)
        return NULL;
    return raise_range(d, count.last, last_expression(v[1]),
                       "Generator expression must be parenthesized");
}

/* `f(a, x for x in y)`: to the end of the last target. */
static Node *
late_generator(Diagnosis *d, Node **v)
{
    const Node *clause = v[3]->kind == 0 && v[3]->count > 0 ? v[3]->items[v[3]->count - 1] : v[3];
    int is_async = node_start(d, clause)->kind == TK_ASYNC;
    return raise_range(d, v[2], clause->items[1 + is_async],
                       "Generator expression must be parenthesized");
}

static Node *
late_argument(Diagnosis *d, Node **v)
{
    return ks_parser_error(d->p, PyExc_SyntaxError, "%s",
                           count_arguments(v[0]).mappings != 0
                               ? "positional argument follows keyword argument unpacking"
                               : "positional argument follows keyword argument");
}

static Node *
keyword_argument(Diagnosis *d, Node **v)
{
    return node_make(d, NODE_KEYWORD, v[0]->first, NULL, 0);
}

static Node *
mapping_argument(Diagnosis *d, Node **v)
{
    return node_make(d, NODE_MAPPING, v[0]->first, NULL, 0);
}

static Node *
constant_keyword(Diagnosis *d, Node **v)
{
    int kind = node_start(d, v[0])->kind;
    return raise_range(d, v[0], v[1], "cannot assign to %s",
                       kind == KW_True ? "True" : kind == KW_False ? "False" : "None");
}

/* ---- compiling ---- */

static int
rule_number(const char *name, size_t length)
{
    for (int i = 0; i < grammar->rule_count; i++) {
        const char *known = grammar->rules[i].name;
        if (known != NULL && strncmp(known, name, length) == 0 && known[length] == '\0')
            return i;
    }
    return -1;
}

static int
rule_add(const char *name)
{
    static const char remembered[] =
        " expression star_expression disjunction conjunction inversion bitwise_or bitwise_xor "
        "bitwise_and shift_expr sum term factor await_primary primary strings arguments "
        "star_target target_with_star_atom t_primary block simple_stmt del_target "
        "bad_named_expression ";
    if (grammar->rule_count == MOST_RULES)
        Py_FatalError("the grammar of mistakes has too many rules");
    Rule *rule = &grammar->rules[grammar->rule_count];
    *rule = (Rule){name, -1, -1, 0, 0};
    if (name != NULL) {
        char padded[64];
        PyOS_snprintf(padded, sizeof(padded), " %s ", name);
        rule->remembers = strstr(remembered, padded) != NULL;
    }
    return grammar->rule_count++;
}

static Alternative *
alternative_add(int number)
{
    if (grammar->alternative_count == MOST_ALTERNATIVES)
        Py_FatalError("the grammar of mistakes has too many rows");
    int index = grammar->alternative_count++;
    Alternative *alternative = &grammar->alternatives[index];
    *alternative = (Alternative){.rule = (short)number, .next = -1};
    Rule *rule = &grammar->rules[number];
    if (rule->first < 0)
        rule->first = (short)index;
    else
        grammar->alternatives[rule->last].next = (short)index;
    rule->last = (short)index;
    return alternative;
}

static int
token_number(const char *text, size_t length)
{
    static const struct {
        const char *text;
        int kind;
    } spelt[] = {
#define TOKEN(name)
#define TOKEN_OP(name, text) {text, TK_##name},
#define KEYWORD(name) {#name, KW_##name},
#include "tokens.def"
    };
    for (size_t i = 0; i < Py_ARRAY_LENGTH(spelt); i++) {
        if (strncmp(spelt[i].text, text, length) == 0 && spelt[i].text[length] == '\0')
            return spelt[i].kind;
    }
    return -1;
}

static int
token_class_number(const char *text, size_t length)
{
    static const struct {
        const char *text;
        int kind;
    } classes[] = {
        {"NAME", TK_NAME}, {"NUMBER", TK_NUMBER}, {"STRING", TK_STRING}, {"NEWLINE", TK_NEWLINE},
        {"INDENT", TK_INDENT}, {"DEDENT", TK_DEDENT}, {"ENDMARKER", TK_ENDMARKER},
        {"ASYNC", TK_ASYNC}, {"AWAIT", TK_AWAIT}, {"TYPE_COMMENT", TK_TYPE_COMMENT},
    };
    for (size_t i = 0; i < Py_ARRAY_LENGTH(classes); i++) {
        if (strncmp(classes[i].text, text, length) == 0 && classes[i].text[length] == '\0')
            return classes[i].kind;
    }
    return -1;
}

static const char *compile_items(const char *s, Alternative *alternative);

/* What an item is: a token, a word, a name or a group; s is behind it then. */
static const char *
compile_primary(const char *s, Item *item)
{
    const char *end;
    if (*s == '(') {
        int number = rule_add(NULL);
        item->what = ITEM_RULE;
        item->which = (short)number;
        do {
            s = compile_items(s + 1, alternative_add(number));
        } while (*s == '|');
        return s + 1;
    }
    if (*s == '\'') {
        end = strchr(s + 1, '\'');
        item->which = (short)token_number(s + 1, (size_t)(end - s - 1));
        return end + 1;
    }
    if (*s == '"') {
        item->what = ITEM_WORD;
        item->word = s + 1;
        return strchr(s + 1, '"') + 1;
    }
    for (end = s; Py_ISALNUM((unsigned char)*end) || *end == '_'; end++)
        ;
    int kind = token_class_number(s, (size_t)(end - s));
    if (kind >= 0)
        item->which = (short)kind;
    else if (strncmp(s, "SOFT_KEYWORD", 12) == 0)
        item->what = ITEM_SOFT;
    else {
        item->what = ITEM_RULE;
        item->which = (short)rule_number(s, (size_t)(end - s));
    }
    if (item->which < 0)
        Py_FatalError("the grammar of mistakes names an unknown rule");
    return end;
}

/* The items of one alternative up to '|', ')' or the end. Items of groups are stored before those
 * of the alternative they stand in, which are collected here first. */
static const char *
compile_items(const char *s, Alternative *alternative)
{
    Item items[24];
    int count = 0, index = (int)(alternative - grammar->alternatives);
    for (;;) {
        while (*s == ' ')
            s++;
        if (*s == '\0' || *s == ')' || *s == '|')
            break;
        Item *item = &items[count++];
        *item = (Item){ITEM_TOKEN, 0, '1', 0, 0, NULL};
        if (*s == '~') {
            item->what = ITEM_CUT;
            s++;
            continue;
        }
        if (s[0] == '&' && s[1] == '&') {
            s = compile_primary(s + 2, item);
            item->what = ITEM_FORCED;
        }
        else {
            if (*s == '&' || *s == '!')
                item->look = (unsigned char)*s++;
            s = compile_primary(s, item);
        }
        if (*s == '?' || *s == '*' || *s == '+' || *s == '^')
            item->count = *s++;
        if (item->count == '^') {
            Item between = {0};
            s = compile_primary(s, &between);
            item->between = between.which;
        }
    }
    if (grammar->item_count + count > MOST_ITEMS)
        Py_FatalError("the grammar of mistakes has too many items");
    alternative = &grammar->alternatives[index];
    alternative->item_first = (short)grammar->item_count;
    alternative->item_count = (short)count;
    memcpy(&grammar->items[grammar->item_count], items, (size_t)count * sizeof(Item));
    grammar->item_count += count;
    return s;
}

/* Rows that do not raise, and those about dict pairs, are there in any case. */
static int
row_is_mistake(const char *rule, int action, Node *(*call)(Diagnosis *, Node **))
{
    return action >= DO_AT && call != check_diamond && call != keyword_argument &&
           call != mapping_argument && strncmp(rule, "bad_pair", 8) != 0;
}

/* Rules first, then rows, so that rows may name rules that come later. */
static int
grammar_init(void)
{
    static const struct {
        const char *rule, *items;
        int action, a, b;
        const char *message;
        Node *(*call)(Diagnosis *, Node **);
    } rows[] = {
#define ROW(rule, items) {#rule, items, DO_VALUE, 0, 0, NULL, NULL},
#define NODE(rule, items, kind) {#rule, items, DO_NODE, KS_##kind, 0, NULL, NULL},
#define PICK(rule, items, n) {#rule, items, DO_PICK, n, 0, NULL, NULL},
#define AT(rule, items, n, message) {#rule, items, DO_AT, n, 0, message, NULL},
#define RANGE(rule, items, n, m, message) {#rule, items, DO_RANGE, n, m, message, NULL},
#define LAST(rule, items, message) {#rule, items, DO_LAST, 0, 0, message, NULL},
#define INDENT(rule, items, n, message) {#rule, items, DO_INDENT, n, 0, message, NULL},
#define CALL(rule, items, function) {#rule, items, DO_CALL, 0, 0, NULL, function},
#include "diagnose.def"
    };
    if (grammar != NULL)
        return 1;
    if ((grammar = PyMem_Calloc(1, sizeof(*grammar))) == NULL) {
        PyErr_NoMemory();
        return 0;
    }
    rule_add("strings");
    for (size_t i = 0; i < Py_ARRAY_LENGTH(rows); i++) {
        if (rule_number(rows[i].rule, strlen(rows[i].rule)) < 0)
            rule_add(rows[i].rule);
    }
    for (size_t i = 0; i < Py_ARRAY_LENGTH(rows); i++) {
        int number = rule_number(rows[i].rule, strlen(rows[i].rule));
        const char *s = rows[i].items;
        do {
            Alternative *alternative = alternative_add(number);
            int index = (int)(alternative - grammar->alternatives);
            alternative->action = (unsigned char)rows[i].action;
            alternative->a = (short)rows[i].a;
            alternative->b = (short)rows[i].b;
            alternative->message = rows[i].message;
            alternative->call = rows[i].call;
            alternative->is_mistake = row_is_mistake(rows[i].rule, rows[i].action, rows[i].call);
            s = compile_items(s + (*s == '|'), alternative);
            const Item *first = &grammar->items[grammar->alternatives[index].item_first];
            if (first->what == ITEM_RULE && first->which == number && first->look == 0)
                grammar->rules[number].is_left_recursive = 1;
        } while (*s == '|');
    }
    return 1;
}

/* ---- items ---- */

static Node *
token_node(Diagnosis *d)
{
    d->p->pos++;
    return node_make(d, 0, d->p->pos - 1, NULL, 0);
}

static Node *
run_once(Diagnosis *d, const Item *item)
{
    KsParser *p = d->p;
    int kind;
    switch (item->what) {
    case ITEM_RULE:
        return run_rule(d, item->which);
    case ITEM_TOKEN:
        return parser_kind(p) == item->which ? token_node(d) : NULL;
    case ITEM_FORCED:
        if ((kind = parser_kind(p)) == item->which)
            return token_node(d);
        if (!p->failed) {
            const KsToken *token = &p->tokens[p->pos];
            ks_parser_error_at(p, PyExc_SyntaxError, token->lineno, token->col_offset,
                               token->end_lineno, token->end_col_offset, "expected '%s'",
                               item->which == TK_COLON ? ":" : "(");
        }
        return NULL;
    case ITEM_WORD: {
        size_t length = strcspn(item->word, "\"");
        if (parser_kind(p) != TK_NAME)
            return NULL;
        const KsToken *token = &p->tokens[p->pos];
        return token->end - token->start == length &&
                       memcmp(parser_text(p, token), item->word, length) == 0
                   ? token_node(d)
                   : NULL;
    }
    default: { /* ITEM_SOFT: CPython takes every beginning of such a word for it */
        if (parser_kind(p) != TK_NAME)
            return NULL;
        const KsToken *token = &p->tokens[p->pos];
        const char *text = parser_text(p, token);
        size_t length = token->end - token->start;
        return strncmp("_", text, length) == 0 || strncmp("case", text, length) == 0 ||
                       strncmp("match", text, length) == 0
                   ? token_node(d)
                   : NULL;
    }
    }
}

static Node *
run_repeated(Diagnosis *d, const Item *item)
{
    KsParser *p = d->p;
    int first = p->pos, mark = p->scratch_count;
    for (;;) {
        int before = p->pos;
        if (item->count == '^' && p->scratch_count > mark) {
            if (parser_kind(p) != item->between)
                break;
            p->pos++;
        }
        Node *node = run_once(d, item);
        if (p->failed)
            return NULL;
        if (node == NULL) {
            p->pos = before;
            break;
        }
        if (!ks_parser_push(p, node))
            return NULL;
        if (item->count == '?')
            break;
    }
    int count = p->scratch_count - mark;
    if (count == 0 && (item->count == '+' || item->count == '^'))
        return NULL;
    Node *node = item->count == '?' && count == 1
                     ? p->scratch[mark]
                     : node_make(d, 0, first, (Node **)&p->scratch[mark], count);
    p->scratch_count = mark;
    return node;
}

static Node *
finish_alternative(Diagnosis *d, const Alternative *row, int first, Node **values, int count)
{
    KsParser *p = d->p;
    switch (row->action) {
    case DO_NODE:
        return node_make(d, row->a, first, values, count);
    case DO_PICK:
        return values[row->a];
    case DO_AT:
        return raise_range(d, values[row->a], values[row->a], row->message,
                           node_name(d, values[row->a]));
    case DO_RANGE: {
        const Node *end = values[row->b], *inner = last_expression(end);
        return raise_range(d, values[row->a], inner ? inner : end, row->message);
    }
    case DO_LAST:
        return ks_parser_error(p, PyExc_SyntaxError, "%s", row->message);
    case DO_INDENT:
        return ks_parser_error(p, PyExc_IndentationError, row->message,
                               node_start(d, values[row->a])->lineno);
    case DO_CALL:
        return row->call(d, values);
    default:
        return count == 1 ? values[0] : node_make(d, 0, first, values, count);
    }
}

/* 1 if the items match; *cut tells whether a '~' was passed. */
static int
run_items(Diagnosis *d, const Alternative *row, Node **values, int *value_count, int *cut)
{
    KsParser *p = d->p;
    const Item *item = &grammar->items[row->item_first], *end = item + row->item_count;
    for (; item < end; item++) {
        if (item->what == ITEM_CUT) {
            *cut = 1;
            continue;
        }
        int before = p->pos;
        Node *node = item->count == '1' ? run_once(d, item) : run_repeated(d, item);
        if (p->failed)
            return 0;
        if (item->look != 0) {
            p->pos = before;
            if ((node != NULL) != (item->look == '&'))
                return 0;
            continue;
        }
        if (node == NULL)
            return 0;
        values[(*value_count)++] = node;
    }
    return 1;
}

static Node *
run_alternatives(Diagnosis *d, const Rule *rule)
{
    KsParser *p = d->p;
    int first = p->pos;
    for (int at = rule->first; at >= 0; at = grammar->alternatives[at].next) {
        const Alternative *row = &grammar->alternatives[at];
        Node *values[24];
        int count = 0, cut = 0;
        if (d->quiet && row->is_mistake)
            continue;
        if (run_items(d, row, values, &count, &cut)) {
            Node *node = finish_alternative(d, row, first, values, count);
            if (node == NULL)
                p->pos = first;
            return node;
        }
        if (p->failed)
            return NULL;
        p->pos = first;
        if (cut)
            return NULL;
    }
    return NULL;
}

/* String tokens, whose contents are checked as in pass one. */
static Node *
run_strings(Diagnosis *d)
{
    int first = d->p->pos;
    KsExpr *expr = parser_kind(d->p) == TK_STRING ? ks_parse_strings(d->p) : NULL;
    return expr ? node_make(d, (int)expr->kind, first, NULL, 0) : NULL;
}

static Node *
run_rule(Diagnosis *d, int number)
{
    KsParser *p = d->p;
    const Rule *rule = &grammar->rules[number];
    unsigned int key = (unsigned int)p->pos * MOST_RULES + (unsigned int)number + 1;
    Node *node;
    if (p->failed)
        return NULL;
    if (rule->remembers) {
        Memory *known = memory_find(d, key);
        if (known->key != 0) {
            p->pos = known->end;
            return known->node;
        }
    }
    if (!parser_enter(p, 1))
        return NULL;
    if (number == 0)
        node = run_strings(d);
    else if (!rule->is_left_recursive) {
        int is_quiet = rule->name != NULL && strcmp(rule->name, "quiet_expression") == 0;
        d->quiet += is_quiet;
        node = run_alternatives(d, rule);
        d->quiet -= is_quiet;
    }
    else {
        /* Left recursion: the rule first fails at its own place, then grows from what it found. */
        int first = p->pos, end = p->pos;
        node = NULL;
        for (;;) {
            if (!memory_put(d, key, node, end))
                return NULL;
            p->pos = first;
            Node *longer = run_alternatives(d, rule);
            if (p->failed)
                return NULL;
            if (longer == NULL || p->pos <= end)
                break;
            node = longer;
            end = p->pos;
        }
        p->pos = end;
    }
    if (p->failed)
        return NULL;
    parser_leave(p, 1);
    if (rule->remembers && !rule->is_left_recursive && !memory_put(d, key, node, p->pos))
        return NULL;
    return node;
}

/* Runs a rule from token first on; its node's place goes to *pos unless that is NULL. 1 if the rule
 * matched. */
static int
diagnose(KsParser *p, const char *rule, int first, int quiet, KsPos *pos)
{
    Diagnosis d = {.p = p, .quiet = quiet, .memory_room = 4096};
    Node *node = NULL;
    p->pos = first;
    d.memory = PyMem_Calloc(d.memory_room, sizeof(Memory));
    d.arena = ks_arena_new();
    if (d.memory == NULL)
        PyErr_NoMemory();
    else if (d.arena != NULL && grammar_init())
        node = run_rule(&d, rule_number(rule, strlen(rule)));
    if (node != NULL && pos != NULL) {
        const KsToken *a = node_start(&d, node), *b = node_end(&d, node);
        *pos = (KsPos){a->lineno, a->col_offset, b->end_lineno, b->end_col_offset};
    }
    PyMem_Free(d.memory);
    if (d.arena != NULL)
        ks_arena_free(d.arena);
    return node != NULL;
}

int
ks_parse_expression_at(KsParser *p, int first, KsPos *pos)
{
    int start = p->pos, mark = p->scratch_count, depth = p->depth;
    int found = diagnose(p, "expression", first, 1, pos);
    p->scratch_count = mark;
    p->depth = depth;
    if (!found)
        p->pos = start;
    return found;
}

void
ks_parse_diagnose(KsParser *p)
{
    const char *start = p->mode == Py_file_input        ? "file"
                        : p->mode == Py_single_input    ? "interactive"
                        : p->mode == Py_eval_input      ? "eval"
                        : p->mode == Py_func_type_input ? "func_type"
                                                        : "field";
    diagnose(p, start, p->mode == Py_file_input ? p->statement_first : 0, 0, NULL);
}
