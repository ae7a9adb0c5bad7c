package rewrite

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

const parameterised = "the channel's type is a type parameter with channels of several element types"

// channel says whether the expression is of a channel type, or of a type parameter that stands for channels of one
// element type.
func (w *walker) channel(e ast.Expr) bool {
	_, ok := channelOf(w.info.TypeOf(e))
	return ok
}

// channelOf gives the channel type of a type, also of a type parameter: any of those it stands for.
func channelOf(t types.Type) (*types.Chan, bool) {
	if t == nil {
		return nil, false
	}
	if _, parameter := types.Unalias(t).(*types.TypeParam); !parameter {
		c, ok := t.Underlying().(*types.Chan)
		return c, ok
	}
	var found *types.Chan
	for _, term := range terms(t.Underlying()) {
		c, ok := term.Underlying().(*types.Chan)
		if !ok || found != nil && !types.Identical(found.Elem(), c.Elem()) {
			return nil, false
		}
		if found == nil || found.Dir() == types.SendRecv {
			found = c
		}
	}
	return found, found != nil
}

// core is the type under that of an expression; for a type parameter that stands for channels, their type.
func (w *walker) core(e ast.Expr) types.Type {
	t := w.info.TypeOf(e)
	if c, ok := channelOf(t); ok {
		return c
	}
	return under(t)
}

// terms lists the types that a constraint names; what it takes out of them again is of no interest here.
func terms(t types.Type) []types.Type {
	i, ok := t.(*types.Interface)
	if !ok {
		return []types.Type{t}
	}
	var list []types.Type
	for n := range i.NumEmbeddeds() {
		switch e := i.EmbeddedType(n).(type) {
		case *types.Union:
			for k := range e.Len() {
				list = append(list, terms(e.Term(k).Type().Underlying())...)
			}
		default:
			list = append(list, terms(e.Underlying())...)
		}
	}
	return list
}

func (w *walker) made(e *ast.CallExpr) {
	if w.channel(e) {
		id := w.site(e.Pos(), "make", w.text(e))
		w.wrap(e, "__lockstep.Made("+id+", ", ")")
	} else if _, parameter := types.Unalias(w.info.TypeOf(e)).(*types.TypeParam); parameter && mayBeChannel(w.info.TypeOf(e)) {
		w.leave(e.Pos(), parameterised)
	}
	for _, a := range e.Args[1:] {
		w.read(a)
	}
}

func mayBeChannel(t types.Type) bool {
	return slices.ContainsFunc(terms(t.Underlying()), func(term types.Type) bool {
		_, ok := term.Underlying().(*types.Chan)
		return ok
	})
}

func (w *walker) send(s *ast.SendStmt) {
	if w.channel(s.Chan) {
		id := w.site(s.Pos(), "send", w.text(s.Chan))
		w.wrap(s.Chan, "__lockstep.To("+id+", ", "")
		at := w.offset(s.Arrow)
		w.replace(at, at+2, ").Send(")
		w.wrap(s.Value, "", ")")
	} else {
		w.leave(s.Pos(), parameterised)
	}
	w.read(s.Chan)
	w.read(s.Value)
}

func (w *walker) receive(e *ast.UnaryExpr) {
	function := "Receive"
	if results, both := w.info.TypeOf(e).(*types.Tuple); both {
		function = "Receive2"
		if truth := results.At(1).Type(); !plainBool(truth) {
			spelled, ok := w.spell(truth, e.Pos())
			if !ok {
				w.leave(e.Pos(), "the second value of the receive is of a boolean type that cannot be written down here")
				w.read(e.X)
				return
			}
			function = "Receive2As[" + spelled + "]"
		}
	}
	if !w.channel(e.X) {
		w.leave(e.Pos(), parameterised)
		w.read(e.X)
		return
	}
	id := w.site(e.Pos(), "receive", w.text(e.X))
	at := w.offset(e.OpPos)
	w.wrap(e, "", ")")
	w.replace(at, at+2, "__lockstep."+function+"("+id+", ")
	w.read(e.X)
}

func isFunction(t types.Type) bool {
	_, function := t.Underlying().(*types.Signature)
	return function
}

func plainBool(t types.Type) bool {
	b, ok := types.Unalias(t).(*types.Basic)
	return ok && b.Info()&types.IsBoolean != 0
}

func (w *walker) closed(e *ast.CallExpr) {
	if w.channel(e.Args[0]) {
		id := w.site(e.Pos(), "close", w.text(e.Args[0]))
		w.replace(w.offset(e.Pos()), w.offset(e.Lparen)+1, "__lockstep.Close("+id+", ")
	} else {
		w.leave(e.Pos(), parameterised)
	}
	w.read(e.Args[0])
}

func (w *walker) channelLength(e *ast.CallExpr) {
	if !w.channel(e.Args[0]) {
		w.leave(e.Pos(), parameterised)
		return
	}
	id := w.site(e.Pos(), "length", w.text(e.Args[0]))
	w.wrap(e.Args[0], "__lockstep.Len("+id+", ", ")")
}

// rangeChannel turns the head of the loop into one of three parts. A variable that the loop declares
// keeps the meaning its Go version gives it: three-part loops changed together with range loops.
func (w *walker) rangeChannel(s *ast.RangeStmt) {
	if !w.channel(s.X) {
		w.leave(s.For, parameterised)
		w.read(s.X)
		return
	}
	id := w.site(s.For, "receive", w.text(s.X))
	loop := "__lockstep_r" + id
	head, body := w.offset(s.For)+len("for"), w.offset(s.Body.Lbrace)
	blank := s.Key == nil || identName(s.Key) == "_"
	// The compiler of Go 1.24 breaks down where it looks for the function that a variable of such a head holds.
	channel, ok := w.info.TypeOf(s.X).Underlying().(*types.Chan)
	if ok && isFunction(channel.Elem()) && s.Tok == token.DEFINE && !blank && !w.oldLoops {
		name := identName(s.Key)
		w.replace(head, w.offset(s.X.Pos()), " "+loop+" := __lockstep.RangeOnly("+id+", ")
		w.wrap(s.X, "", "); "+loop+".Skip();")
		w.insert(body+1, " "+name+" := "+loop+".Value; {")
		w.insert(w.offset(s.Body.Rbrace), "}")
	} else if s.Tok == token.DEFINE && !blank {
		name := identName(s.Key)
		w.replace(head, w.offset(s.X.Pos()), " "+loop+", "+name+" := __lockstep.Range("+id+", ")
		w.wrap(s.X, "", "); "+loop+".Next(&"+name+");")
	} else {
		w.replace(head, w.offset(s.X.Pos()), " "+loop+" := __lockstep.RangeOnly("+id+", ")
		w.wrap(s.X, "", "); "+loop+".Skip();")
	}
	if s.Tok == token.ASSIGN && !blank {
		start, end := w.offset(s.Key.Pos()), w.offset(s.Key.End())
		line := w.tokens.PositionFor(s.Key.Pos(), false).Line
		w.add(body+1, point, body+1, body+1, len(w.pieces), func() string {
			return " " + join(w.render(start, end), line, false) + " = " + loop + ".Value;"
		})
	}
	w.read(s.X)
}
