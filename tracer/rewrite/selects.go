package rewrite

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// One communication clause of a select, taken apart.
type communication struct {
	clause  *ast.CommClause
	channel ast.Expr
	value   ast.Expr        // of a send
	assign  *ast.AssignStmt // of a receive that keeps what it got
}

func takeApart(clause *ast.CommClause) communication {
	c := communication{clause: clause}
	received := func(e ast.Expr) ast.Expr {
		if arrow, ok := ast.Unparen(e).(*ast.UnaryExpr); ok {
			return arrow.X
		}
		return nil
	}
	switch s := clause.Comm.(type) {
	case *ast.SendStmt:
		c.channel, c.value = s.Chan, s.Value
	case *ast.ExprStmt:
		c.channel = received(s.X)
	case *ast.AssignStmt:
		c.channel, c.assign = received(s.Rhs[0]), s
	}
	return c
}

// selection turns a select into a switch over the number of the case that the runtime chose.
func (w *walker) selection(s *ast.SelectStmt) {
	if len(s.Body.List) == 0 {
		w.wrap(s, "__lockstep.Forever("+w.site(s.Select, "select", "")+"); ", "")
		return
	}
	var cases []communication
	var labels []string
	hasDefault, problem := false, ""
	for _, statement := range s.Body.List {
		clause := statement.(*ast.CommClause)
		if clause.Comm == nil {
			hasDefault = true
			continue
		}
		c := takeApart(clause)
		cases = append(cases, c)
		labels = append(labels, w.text(clause.Comm))
		if c.channel == nil || !w.channel(c.channel) {
			problem = parameterised
		}
		if c.assign != nil && len(c.assign.Lhs) == 2 && identName(c.assign.Lhs[1]) != "_" && !plainBool(w.info.TypeOf(c.assign.Lhs[1])) {
			if _, ok := w.spell(w.info.TypeOf(c.assign.Lhs[1]), c.assign.Pos()); !ok {
				problem = "the second value of a receive is of a boolean type that cannot be written down here"
			}
		}
	}
	if hasDefault {
		labels = append(labels, "default")
	}
	if problem != "" {
		w.leave(s.Select, "%s", problem)
	} else {
		id := w.site(s.Select, "select", "", labels...)
		w.head(s, id, cases, hasDefault)
		for i, c := range cases {
			last := !hasDefault && i == len(cases)-1
			w.clause(c, fmt.Sprintf("__lockstep_c%s_%d", id, i), i, last)
		}
	}
	for _, c := range cases {
		w.operands(c)
	}
	for _, statement := range s.Body.List {
		w.list(statement.(*ast.CommClause).Body)
	}
}

// operands records the edits inside the operands and the targets of a case; they are rendered where these move to.
func (w *walker) operands(c communication) {
	if c.channel != nil {
		w.read(c.channel)
	}
	w.read(c.value)
	if c.assign != nil && c.assign.Tok == token.ASSIGN {
		for _, target := range c.assign.Lhs {
			w.written(target, "Write")
		}
	}
}

func (w *walker) head(s *ast.SelectStmt, id string, cases []communication, hasDefault bool) {
	operand := func(e ast.Expr) string {
		at := w.tokens.PositionFor(e.Pos(), false)
		return w.at(e.Pos()) + join(w.render(w.offset(e.Pos()), w.offset(e.End())), at.Line, w.directives)
	}
	rest := func() string {
		var names, values []string
		for i, c := range cases {
			names = append(names, fmt.Sprintf("__lockstep_c%s_%d", id, i))
			value := "__lockstep.OnReceive(" + operand(c.channel) + ")"
			if c.value != nil {
				value = "__lockstep.OnSend(" + operand(c.channel) + ").Of(" + operand(c.value) + ")"
			}
			values = append(values, value)
		}
		declared, passed := "", ""
		if len(names) > 0 {
			list := strings.Join(names, ", ")
			declared = list + " := " + strings.Join(values, ", ") + "; "
			passed = ", " + list
		}
		return fmt.Sprintf("%s%s__lockstep.Select(%s, %s%s) ", declared, w.at(s.Select), id, w.constant(hasDefault, s.Select), passed)
	}
	w.replaceAround(w.offset(s.Select), w.offset(s.Body.Lbrace), constant("switch "), rest)
}

// constant writes a boolean, also where the names of the constants mean something else.
func (w *walker) constant(value bool, pos token.Pos) string {
	name := fmt.Sprint(value)
	if scope := w.unit.types.Scope().Innermost(pos); scope != nil {
		if _, meant := scope.LookupParent(name, pos); meant != types.Universe.Lookup(name) {
			return map[bool]string{true: "0 == 0", false: "0 != 0"}[value]
		}
	}
	return name
}

// at is a comment that gives what follows the position of something that stands elsewhere in the file.
func (w *walker) at(pos token.Pos) string {
	if !w.directives {
		return ""
	}
	at := w.tokens.PositionFor(pos, false)
	return fmt.Sprintf("/*line :%d:%d*/", at.Line, at.Column)
}

// truth converts the second value of a receive to the boolean type of what it is assigned to.
func (w *walker) truth(s *ast.AssignStmt, ok string) string {
	if t := w.info.TypeOf(s.Lhs[1]); identName(s.Lhs[1]) != "_" && !plainBool(t) {
		spelled, _ := w.spell(t, s.Pos())
		return spelled + "(" + ok + ")"
	}
	return ok
}

// clause rewrites `case x, ok = <-ch:`; the newlines of what moved away stay behind it.
func (w *walker) clause(c communication, name string, number int, last bool) {
	label := fmt.Sprintf("case %d:", number)
	if last {
		label = "default:"
	}
	text := constant(label)
	if c.assign != nil {
		values := name + ".Value"
		if len(c.assign.Lhs) == 2 {
			values += ", " + w.truth(c.assign, name+".OK")
		}
		text = func() string {
			var targets []string
			for _, target := range c.assign.Lhs {
				line := w.tokens.PositionFor(target.Pos(), false).Line
				targets = append(targets, w.at(target.Pos())+join(w.render(w.offset(target.Pos()), w.offset(target.End())), line, w.directives))
			}
			return label + " " + strings.Join(targets, ", ") + w.at(c.clause.Case) + " " + c.assign.Tok.String() + " " + values + ";"
		}
	}
	w.replaceLater(w.offset(c.clause.Case), w.offset(c.clause.Colon)+1, text)
}
