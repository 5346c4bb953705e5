// SPDX-License-Identifier: MIT
#include "app/markdown/languages.h"

#include "app/markdown/text_words.h"

#include <map>

namespace spoutnik::app::markdown {
namespace {

constexpr Quote c_comment[] = {{"/*", "*/", false, true}};
constexpr Quote sql_comment[] = {{"/*", "*/", false, true}};
constexpr Quote lua_comment[] = {{"--[[", "]]", false, true}};
constexpr Quote haskell_comment[] = {{"{-", "-}", false, true}};
constexpr Quote ml_comment[] = {{"(*", "*)", false, true}};
constexpr Quote pascal_comment[] = {{"{", "}", false, true}, {"(*", "*)", false, true}};
constexpr Quote julia_comment[] = {{"#=", "=#", false, true}};
constexpr Quote powershell_comment[] = {{"<#", "#>", false, true}};
constexpr Quote cmake_comment[] = {{"#[[", "]]", false, true}};
constexpr Quote lisp_comment[] = {{"#|", "|#", false, true}};
constexpr Quote ruby_comment[] = {{"\n=begin", "\n=end", false, true}};
constexpr Quote perl_comment[] = {{"\n=pod", "\n=cut", false, true}, {"\n=head", "\n=cut", false, true}};

constexpr Quote c_strings[] = {{"\"", "\""}, {"'", "'"}};
constexpr Quote double_only[] = {{"\"", "\""}};
constexpr Quote double_lines[] = {{"\"", "\"", true, true}};
constexpr Quote js_strings[] = {{"\"", "\""}, {"'", "'"}, {"`", "`", true, true}};
constexpr Quote go_strings[] = {{"\"", "\""}, {"'", "'"}, {"`", "`", false, true}};
constexpr Quote python_strings[] = {
    {"\"\"\"", "\"\"\"", true, true}, {"'''", "'''", true, true}, {"\"", "\""}, {"'", "'"}};
constexpr Quote triple_strings[] = {{"\"\"\"", "\"\"\"", true, true}, {"\"", "\""}, {"'", "'"}};
constexpr Quote csharp_strings[] = {
    {"\"\"\"", "\"\"\"", false, true}, {"@\"", "\"", false, true}, {"\"", "\""}, {"'", "'"}};
constexpr Quote shell_strings[] = {{"\"", "\"", true, true}, {"'", "'", false, true}, {"`", "`", true, true}};
constexpr Quote powershell_strings[] = {{"@\"", "\"@", false, true},
                                        {"@'", "'@", false, true},
                                        {"\"", "\"", false, true},
                                        {"'", "'", false, true}};
constexpr Quote sql_strings[] = {
    {"'", "'", false, true}, {"\"", "\"", false, true}, {"`", "`", false, false}};
constexpr Quote lua_strings[] = {{"[[", "]]", false, true}, {"\"", "\""}, {"'", "'"}};
constexpr Quote toml_strings[] = {
    {"\"\"\"", "\"\"\"", true, true}, {"'''", "'''", false, true}, {"\"", "\""}, {"'", "'", false, false}};
constexpr Quote yaml_strings[] = {{"\"", "\"", true, true}, {"'", "'", false, true}};
constexpr Quote cmake_strings[] = {{"[[", "]]", false, true}, {"\"", "\"", true, true}};
constexpr Quote pascal_strings[] = {{"'", "'", false, false}};
constexpr Quote dart_strings[] = {
    {"\"\"\"", "\"\"\"", true, true}, {"'''", "'''", true, true}, {"\"", "\""}, {"'", "'"}};
constexpr Quote tex_strings[] = {{"$$", "$$", true, true}, {"$", "$", true, true}};

constexpr Language table[] = {
    {"c h", "C", "c", Shape::words, hash_directives | calls, "//", c_comment, c_strings,
     "auto break case const continue default do else enum extern for goto if inline register restrict return "
     "sizeof static struct switch typedef union volatile while _Atomic _Generic _Noreturn _Static_assert "
     "NULL "
     "true false nullptr constexpr static_assert typeof alignas alignof thread_local",
     "void char short int long float double signed unsigned bool _Bool size_t ssize_t ptrdiff_t intptr_t "
     "uintptr_t "
     "int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t FILE"},
    {"cpp c++ cxx cc hpp hxx cuda cu arduino ino glsl hlsl", "C++", "cpp", Shape::words,
     hash_directives | calls | raw_strings, "//", c_comment, c_strings,
     "alignas alignof and auto break case catch class co_await co_return co_yield concept const const_cast "
     "consteval constexpr constinit continue decltype default delete do dynamic_cast else enum explicit "
     "export "
     "extern false final for friend goto if import inline module mutable namespace new noexcept not nullptr "
     "operator or override private protected public register reinterpret_cast requires return sizeof static "
     "static_assert static_cast struct switch template this thread_local throw true try typedef typeid "
     "typename "
     "union using virtual volatile while xor __global__ __device__ __host__ __shared__ uniform varying",
     "void char char8_t char16_t char32_t wchar_t short int long float double signed unsigned bool size_t "
     "ptrdiff_t int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t string string_view vector "
     "map set "
     "unordered_map unordered_set array span pair tuple optional variant unique_ptr shared_ptr function vec2 "
     "vec3 "
     "vec4 mat3 mat4"},
    {"csharp c# cs", "C#", "cs", Shape::words, hash_directives | calls | capitals, "//", c_comment,
     csharp_strings,
     "abstract as async await base break case catch checked class const continue default delegate do else "
     "enum "
     "event explicit extern false finally fixed for foreach get goto if implicit in init interface internal "
     "is "
     "lock nameof namespace new null operator out override params partial private protected public readonly "
     "record ref required return sealed set sizeof stackalloc static struct switch this throw true try "
     "typeof "
     "unchecked unsafe using value var virtual volatile when where while with yield",
     "bool byte char decimal double dynamic float int long nint nuint object sbyte short string uint ulong "
     "ushort "
     "void"},
    {"java", "Java", "java", Shape::words, at_marks | calls | capitals, "//", c_comment, triple_strings,
     "abstract assert break case catch class const continue default do else enum exports extends false final "
     "finally for goto if implements import instanceof interface module native new non-sealed null package "
     "permits private protected public record requires return sealed static strictfp super switch "
     "synchronized "
     "this throw throws transient true try var volatile while yield",
     "boolean byte char double float int long short void"},
    {"kotlin kt kts", "Kotlin", "kt", Shape::words, at_marks | calls | capitals | nested, "//", c_comment,
     triple_strings,
     "abstract actual annotation as break by catch class companion const constructor continue crossinline "
     "data "
     "delegate do dynamic else enum expect external false final finally for fun get if import in infix init "
     "inline inner interface internal is lateinit noinline null object open operator out override package "
     "private protected public reified return sealed set super suspend tailrec this throw true try typealias "
     "typeof val value var vararg when where while",
     ""},
    {"swift", "Swift", "swift", Shape::words, at_marks | calls | capitals | nested | hash_directives, "//",
     c_comment, triple_strings,
     "actor any as associatedtype async await break case catch class continue convenience default defer "
     "deinit "
     "didSet do else enum extension fallthrough false fileprivate final for func get guard if import in "
     "indirect "
     "infix init inout internal is lazy let mutating nil nonisolated open operator optional override postfix "
     "precedencegroup prefix private protocol public repeat required rethrows return self Self set some "
     "static "
     "struct subscript super switch throw throws true try typealias unowned var weak where while willSet "
     "yield",
     ""},
    {"go golang", "Go", "go", Shape::words, calls, "//", c_comment, go_strings,
     "break case chan const continue default defer else fallthrough for func go goto if import interface map "
     "package range return select struct switch type var true false nil iota append cap clear close copy "
     "delete "
     "len make max min new panic print println recover",
     "any bool byte comparable complex64 complex128 error float32 float64 int int8 int16 int32 int64 rune "
     "string "
     "uint uint8 uint16 uint32 uint64 uintptr"},
    {"rust rs", "Rust", "rs", Shape::words, lifetimes | calls | capitals | nested | raw_strings, "//",
     c_comment, double_lines,
     "as async await box break const continue crate dyn else enum extern false fn for if impl in let loop "
     "macro "
     "match mod move mut pub ref return self Self static struct super trait true try type union unsafe use "
     "where "
     "while yield",
     "bool char f32 f64 i8 i16 i32 i64 i128 isize str u8 u16 u32 u64 u128 usize"},
    {"zig",
     "Zig",
     "zig",
     Shape::words,
     at_marks | calls,
     "//",
     {},
     c_strings,
     "align allowzero and anyframe anytype asm async await break callconv catch comptime const continue "
     "defer else "
     "enum errdefer error export extern false fn for if inline linksection noalias noinline nosuspend null "
     "opaque "
     "or orelse packed pub resume return struct suspend switch test threadlocal true try undefined union "
     "unreachable usingnamespace var volatile while",
     "bool f16 f32 f64 f128 i8 i16 i32 i64 isize u8 u16 u32 u64 usize void noreturn type anyerror"},
    {"python py python3 py3 ipython",
     "Python",
     "py",
     Shape::words,
     at_marks | calls,
     "#",
     {},
     python_strings,
     "and as assert async await break case class continue def del elif else except False finally for from "
     "global "
     "if import in is lambda match None nonlocal not or pass raise return self True try type while with "
     "yield",
     "bool bytearray bytes complex dict float frozenset int list object set str tuple"},
    {"javascript js jsx mjs cjs node qml", "JavaScript", "js", Shape::words, at_marks | calls, "//",
     c_comment, js_strings,
     "as async await break case catch class const continue debugger default delete do else export extends "
     "false "
     "finally for from function get if import in instanceof let new null of return set static super switch "
     "this "
     "throw true try typeof undefined var void while with yield property signal readonly required",
     "Array Boolean Date Error Map Math Number Object Promise Proxy RegExp Set String Symbol WeakMap JSON"},
    {"typescript ts tsx", "TypeScript", "ts", Shape::words, at_marks | calls, "//", c_comment, js_strings,
     "abstract as asserts async await break case catch class const continue debugger declare default delete "
     "do "
     "else enum export extends false finally for from function get if implements import in infer instanceof "
     "interface is keyof let namespace new null of override private protected public readonly return "
     "satisfies "
     "set static super switch this throw true try type typeof undefined var while with yield",
     "any bigint boolean never number object string symbol unknown void Array Boolean Date Error Map Math "
     "Number "
     "Object Partial Pick Promise Readonly Record RegExp Set String Omit"},
    {"php php7 php8", "PHP", "php", Shape::words, dollars | calls | any_case | hash_directives, "// #",
     c_comment, shell_strings,
     "abstract and array as break callable case catch class clone const continue declare default do echo "
     "else "
     "elseif empty enum extends false final finally fn for foreach function global goto if implements "
     "include "
     "include_once instanceof insteadof interface isset list match namespace new null or print private "
     "protected "
     "public readonly require require_once return static switch throw trait true try unset use var while xor "
     "yield",
     "bool float int iterable mixed never object self string void"},
    {"ruby rb", "Ruby", "rb", Shape::words, dollars | at_marks | capitals | heredocs | colon_names, "#",
     ruby_comment, shell_strings,
     "alias and begin break case class def defined? do else elsif end ensure false for if in module next nil "
     "not "
     "or redo rescue retry return self super then true undef unless until when while yield attr_accessor "
     "attr_reader attr_writer include extend puts require require_relative raise loop lambda proc",
     ""},
    {"perl pl pm", "Perl", "pl", Shape::words, dollars | calls | heredocs, "#", perl_comment, shell_strings,
     "and bless chomp cmp continue defined delete die do each else elsif eq eval exists for foreach ge goto "
     "grep gt "
     "if join keys last le local lt map my ne next no not or our package pop print printf push qw redo ref "
     "require "
     "return say shift sort splice split sub undef unless unshift until use values wantarray while xor",
     ""},
    {"lua", "Lua", "lua", Shape::words, calls, "--", lua_comment, lua_strings,
     "and break do else elseif end false for function goto if in local nil not or repeat return self then "
     "true until "
     "while",
     ""},
    {"r rscript",
     "R",
     "R",
     Shape::words,
     calls,
     "#",
     {},
     shell_strings,
     "break else FALSE for function if in Inf library NA NaN next NULL repeat require return TRUE while",
     ""},
    {"julia jl", "Julia", "jl", Shape::words, at_marks | calls | capitals | colon_names | nested, "#",
     julia_comment, triple_strings,
     "abstract baremodule begin break catch const continue do else elseif end export false finally for "
     "function "
     "global if import in isa let local macro missing module mutable nothing primitive quote return struct "
     "true try "
     "type using where while",
     ""},
    {"haskell hs", "Haskell", "hs", Shape::words, capitals | nested | lifetimes, "--", haskell_comment,
     double_only,
     "case class data default deriving do else family forall foreign if import in infix infixl infixr "
     "instance let "
     "mdo module newtype of qualified then type where",
     ""},
    {"ocaml ml mli fsharp fs f#", "OCaml", "ml", Shape::words, capitals | nested | lifetimes, "", ml_comment,
     double_lines,
     "and as assert begin class constraint do done downto else end exception external false for fun function "
     "functor "
     "if in include inherit initializer lazy let match method module mutable new nonrec object of open or "
     "private rec "
     "sig struct then to true try type val virtual when while with",
     "array bool bytes char float int list option string unit"},
    {"scala sc", "Scala", "scala", Shape::words, at_marks | calls | capitals | nested, "//", c_comment,
     triple_strings,
     "abstract case catch class def do else enum extends extension false final finally for forSome given if "
     "implicit "
     "import inline lazy match new null object opaque override package private protected return sealed super "
     "then "
     "this throw trait transparent true try type using val var while with yield",
     ""},
    {"dart", "Dart", "dart", Shape::words, at_marks | calls | capitals, "//", c_comment, dart_strings,
     "abstract as assert async await base break case catch class const continue covariant default deferred "
     "do else "
     "enum export extends extension external factory false final finally for get hide if implements import "
     "in "
     "interface is late library mixin new null on operator part required rethrow return sealed set show "
     "static super "
     "switch sync this throw true try typedef var when while with yield",
     "bool double dynamic int num void"},
    {"elixir ex exs",
     "Elixir",
     "ex",
     Shape::words,
     at_marks | calls | capitals | colon_names,
     "#",
     {},
     triple_strings,
     "after alias and case catch cond def defdelegate defguard defimpl defmacro defmodule defp defprotocol "
     "defstruct "
     "do else end false fn for if import in nil not or quote raise receive require rescue try true unless "
     "unquote use "
     "when with",
     ""},
    {"erlang erl",
     "Erlang",
     "erl",
     Shape::words,
     calls,
     "%",
     {},
     c_strings,
     "after and andalso band begin bnot bor bsl bsr bxor case catch cond div end fun if let not of or orelse "
     "receive "
     "rem try when xor",
     ""},
    {"clojure clj cljs lisp elisp scheme scm racket", "Lisp", "clj", Shape::words, dashes | colon_names, ";",
     lisp_comment, double_lines,
     "and case cond def define defmacro defmethod defmulti defn defonce defprotocol defrecord defun do else "
     "false fn "
     "for if lambda let letrec loop nil ns or quote recur require set! setq true unless when",
     ""},
    {"pascal delphi objectpascal", "Pascal", "pas", Shape::words, any_case | calls, "//", pascal_comment,
     pascal_strings,
     "and array as asm begin case class const constructor destructor div do downto else end except exit "
     "false file "
     "finally for function goto if implementation in inherited initialization interface is label mod nil not "
     "object of "
     "on or out override packed private procedure program property protected public published raise record "
     "repeat set "
     "shl shr then threadvar to true try type unit until uses var virtual while with xor",
     "boolean byte cardinal char double extended int64 integer longint pointer real shortint single string "
     "widestring "
     "word"},
    {"fortran f90 f95",
     "Fortran",
     "f90",
     Shape::words,
     any_case | calls,
     "!",
     {},
     sql_strings,
     "allocatable allocate call case contains cycle deallocate dimension do else elseif end enddo endif exit "
     "function "
     "if implicit in inout intent interface kind module none only out parameter pointer print procedure "
     "program pure "
     "read recursive result return select stop subroutine target then type use where while write",
     "character complex integer logical real"},
    {"asm assembly nasm x86asm s", "Assembly", "s", Shape::words, any_case, "; # //", c_comment, c_strings,
     "add and call cmp dec div global idiv imul inc int ja jae jb jbe je jg jge jl jle jmp jne jnz jz lea "
     "leave loop mov "
     "movsx movzx mul neg nop not or pop push ret section sar shl shr sub syscall test xor",
     "eax ebx ecx edx esi edi esp ebp rax rbx rcx rdx rsi rdi rsp rbp r8 r9 r10 r11 r12 r13 r14 r15 al ah bl "
     "bh cl ch dl "
     "dh byte word dword qword"},
    {"bash sh shell zsh console shell-session ksh fish",
     "Shell",
     "sh",
     Shape::words,
     dollars | heredocs | dashes,
     "#",
     {},
     shell_strings,
     "alias break case cat cd chmod continue cp curl declare do done echo elif else esac eval exec exit "
     "export fi find for "
     "function grep if in kill let local ls mkdir mv printf read readonly return rm sed set shift source "
     "sudo test then "
     "trap true false unset until wait while",
     ""},
    {"powershell ps1 pwsh", "PowerShell", "ps1", Shape::words, dollars | dashes | any_case, "#",
     powershell_comment, powershell_strings,
     "begin break catch class continue data do dynamicparam else elseif end enum exit filter finally for "
     "foreach from "
     "function if in param process return switch throw trap try until using while",
     ""},
    {"batch bat cmd dos",
     "Batch",
     "bat",
     Shape::words,
     any_case,
     ":: REM rem",
     {},
     double_only,
     "call cd copy defined del echo else endlocal errorlevel exist exit for goto if in md mkdir move not "
     "pause ren rmdir "
     "set setlocal shift start",
     ""},
    {"sql mysql postgresql postgres sqlite plsql tsql", "SQL", "sql", Shape::words, any_case | calls, "--",
     sql_comment, sql_strings,
     "add all alter analyze and any as asc begin between by cascade case check collate column commit "
     "conflict constraint "
     "create cross current_date current_timestamp database default delete desc distinct do drop else end "
     "escape except "
     "exists explain false fetch filter first following for foreign from full group having if ignore in "
     "index inner "
     "insert intersect into is join key lateral left like limit natural not null nulls offset on or order "
     "outer over "
     "partition preceding primary recursive references rename replace restrict returning right rollback row "
     "rows select "
     "set table then to transaction trigger true truncate unbounded union unique update using vacuum values "
     "view when "
     "where window with",
     "bigint binary blob boolean bytea char character date datetime decimal double float int integer "
     "interval json jsonb "
     "numeric precision real serial smallint text time timestamp timestamptz uuid varchar"},
    {"graphql gql",
     "GraphQL",
     "graphql",
     Shape::words,
     at_marks | dollars | capitals,
     "#",
     {},
     triple_strings,
     "directive enum extend false fragment implements input interface mutation null on query scalar schema "
     "subscription "
     "true type union",
     ""},
    {"protobuf proto", "Protocol Buffers", "proto", Shape::words, capitals, "//", c_comment, c_strings,
     "enum extend false import map message oneof option optional package public repeated required reserved "
     "returns rpc "
     "service stream syntax to true",
     "bool bytes double fixed32 fixed64 float int32 int64 sint32 sint64 string uint32 uint64"},
    {"html xml svg xhtml vue svelte xaml htm rss plist",
     "HTML",
     "html",
     Shape::markup,
     plain_words,
     "",
     {},
     {},
     "",
     ""},
    {"css scss sass less", "CSS", "css", Shape::words, dashes | keys | at_marks | dollars, "//", c_comment,
     c_strings, "important and not only from to inherit initial unset none auto", ""},
    {"json jsonc json5 jsonl geojson ndjson", "JSON", "json", Shape::words, keys, "//", c_comment,
     double_only, "true false null", ""},
    {"yaml yml",
     "YAML",
     "yaml",
     Shape::words,
     keys | dashes,
     "#",
     {},
     yaml_strings,
     "true false null yes no on off",
     ""},
    {"toml",
     "TOML",
     "toml",
     Shape::words,
     keys | sections | dashes,
     "#",
     {},
     toml_strings,
     "true false inf nan",
     ""},
    {"ini conf cfg properties desktop systemd env dotenv",
     "INI",
     "ini",
     Shape::words,
     keys | sections | dashes,
     "# ;",
     {},
     double_only,
     "true false yes no on off",
     ""},
    {"makefile make mk",
     "Makefile",
     "mk",
     Shape::words,
     keys | dollars | dashes,
     "#",
     {},
     c_strings,
     "define else endef endif export ifdef ifeq ifndef ifneq include override unexport vpath",
     ""},
    {"cmake", "CMake", "cmake", Shape::words, calls | dollars | any_case, "#", cmake_comment, cmake_strings,
     "and break continue else elseif endforeach endfunction endif endmacro endwhile foreach function if "
     "include macro not "
     "or return set while public private interface required on off true false",
     ""},
    {"dockerfile docker containerfile",
     "Dockerfile",
     "Dockerfile",
     Shape::words,
     dollars | dashes,
     "#",
     {},
     c_strings,
     "ADD ARG AS CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL "
     "STOPSIGNAL USER "
     "VOLUME WORKDIR",
     ""},
    {"nginx",
     "nginx",
     "conf",
     Shape::words,
     dollars | dashes,
     "#",
     {},
     c_strings,
     "access_log alias error_log events http include index listen location proxy_pass proxy_set_header "
     "return rewrite root "
     "server server_name ssl_certificate try_files upstream worker_processes on off",
     ""},
    {"nix", "Nix", "nix", Shape::words, keys | dashes, "#", c_comment, double_lines,
     "assert else false if import in inherit let null or rec then true with", ""},
    {"latex tex bibtex",
     "LaTeX",
     "tex",
     Shape::words,
     backslash_words | at_marks,
     "%",
     {},
     tex_strings,
     "",
     ""},
    {"diff patch udiff", "Diff", "diff", Shape::diff, plain_words, "", {}, {}, "", ""},
};

/// The marks that tell where a word of the table ends are spaces only.
std::map<std::string_view, KnownLanguage> read_table() {
    std::map<std::string_view, KnownLanguage> known;
    for (const Language& language : table) {
        KnownLanguage ready{&language, {}};
        for_each_word(language.types,
                      [&](std::string_view word) { ready.words.emplace(word, CodeKind::type); });
        for_each_word(language.keywords,
                      [&](std::string_view word) { ready.words.insert_or_assign(word, CodeKind::keyword); });
        for_each_word(language.names, [&](std::string_view name) { known.emplace(name, ready); });
    }
    return known;
}

} // namespace

std::span<const Language> languages() {
    return table;
}

const KnownLanguage* find_language(std::string_view name) {
    static const std::map<std::string_view, KnownLanguage> known = read_table();
    const auto found = known.find(lower_case(name));
    return found == known.end() ? nullptr : &found->second;
}

} // namespace spoutnik::app::markdown
