/**
 * Kinds of syntax nodes. They are those of go/ast, so that counts and positions can be held against go/parser's.
 *
 * A node has up to four slots, `a` to `d` in `Tree`. A slot holds a node, or the first node of a list whose items are
 * linked by `Tree.next`; 0 is "absent". A node alone in its slot has no `next`, so the way down is the same for every kind
 * (see walk.ts). Lists are in source order, and so are slots, but for FuncDecl's type, which begins at its func keyword.
 *
 *   kind            a            b           c          d         op                         data
 *   Ident                                                                                    name (NameIndex)
 *   BasicLit                                                      Int Float Imag Char String
 *   Ellipsis        element
 *   FuncLit         type         body
 *   CompositeLit    type         elements*                                                   offset of {
 *   ParenExpr       x
 *   SelectorExpr    x            sel (Ident)
 *   IndexExpr       x            index
 *   IndexListExpr   x            indices*
 *   SliceExpr       x            low         high       max       1 with three indices
 *   TypeAssertExpr  x            type (0 is .(type))
 *   CallExpr        fun          args*                            1 with ...                 offset of (
 *   StarExpr        x
 *   UnaryExpr       x                                             Add Sub Not Xor And Arrow Tilde
 *   BinaryExpr      x            y                                operator                   offset of the operator
 *   KeyValueExpr    key          value                                                       offset of :
 *   ArrayType       length       element                                                     (length 0: slice; an Ellipsis node: [...]T)
 *   StructType      FieldList
 *   FuncType        type params  params      results              (each a FieldList or 0; the func keyword belongs to it as in go/ast)
 *   InterfaceType   FieldList
 *   MapType         key          value
 *   ChanType        value                                         0 both ways, Arrow send-only (chan<-), Chan receive-only (<-chan)
 *
 *   DeclStmt        GenDecl
 *   EmptyStmt                                                     1 implicit
 *   LabeledStmt     label        statement
 *   ExprStmt        x
 *   SendStmt        channel      value                                                       offset of <-
 *   IncDecStmt      x                                             Inc Dec
 *   AssignStmt      left*        right*                           Assign, Define, AddAssign…  offset of the operator
 *   GoStmt          call
 *   DeferStmt       call
 *   ReturnStmt      results*
 *   BranchStmt      label                                         Break Continue Goto Fallthrough
 *   BlockStmt       statements*                                                              offset of } (-1: missing)
 *   IfStmt          init         condition   body       else (BlockStmt or IfStmt)
 *   CaseClause      expressions* body*                            1 default                  offset of :
 *   SwitchStmt      init         tag         body
 *   TypeSwitchStmt  init         assign (ExprStmt or AssignStmt)  body
 *   CommClause      comm (SendStmt, ExprStmt, AssignStmt; 0: default)  body*                 offset of :
 *   SelectStmt      body
 *   ForStmt         init         condition   post       body
 *   RangeStmt       key          value       x          body      0 (no variables), Assign, Define   offset of range
 *
 *   ImportSpec      name (Ident) path
 *   ValueSpec       names*       type        values*                                         iota (constants), else 0
 *   TypeSpec        name         type params type                 1 alias (=)
 *   GenDecl         specs*                                        Import Const Type Var       offset of ( or -1
 *   FuncDecl        receiver     name        type       body      (receiver: FieldList; slot order is source order but for `type`, whose start is the func keyword)
 *   Field           names*       type        tag
 *   FieldList       fields*
 *   File            name         decls*                                                      index in Tree.files
 *
 * The values of a constant specification that repeats the one before are not copied; `Tree` users look back.
 */
export const Kind = {
  None: 0,
  BadExpr: 1,
  Ident: 2,
  BasicLit: 3,
  Ellipsis: 4,
  FuncLit: 5,
  CompositeLit: 6,
  ParenExpr: 7,
  SelectorExpr: 8,
  IndexExpr: 9,
  IndexListExpr: 10,
  SliceExpr: 11,
  TypeAssertExpr: 12,
  CallExpr: 13,
  StarExpr: 14,
  UnaryExpr: 15,
  BinaryExpr: 16,
  KeyValueExpr: 17,
  ArrayType: 18,
  StructType: 19,
  FuncType: 20,
  InterfaceType: 21,
  MapType: 22,
  ChanType: 23,

  BadStmt: 24,
  DeclStmt: 25,
  EmptyStmt: 26,
  LabeledStmt: 27,
  ExprStmt: 28,
  SendStmt: 29,
  IncDecStmt: 30,
  AssignStmt: 31,
  GoStmt: 32,
  DeferStmt: 33,
  ReturnStmt: 34,
  BranchStmt: 35,
  BlockStmt: 36,
  IfStmt: 37,
  CaseClause: 38,
  SwitchStmt: 39,
  TypeSwitchStmt: 40,
  CommClause: 41,
  SelectStmt: 42,
  ForStmt: 43,
  RangeStmt: 44,

  ImportSpec: 45,
  ValueSpec: 46,
  TypeSpec: 47,
  BadDecl: 48,
  GenDecl: 49,
  FuncDecl: 50,
  Field: 51,
  FieldList: 52,
  File: 53,
} as const;

/** A value of `Kind`. */
export type KindCode = number;

/** Names by kind, as go/ast has them; for messages and the oracle. */
export const KIND_NAMES: readonly string[] = Object.keys(Kind);

/** Number of kinds, None included. */
export const KIND_COUNT = KIND_NAMES.length;
