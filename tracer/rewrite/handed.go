package rewrite

import (
	"go/ast"
	goconstant "go/constant"
	"go/token"
	"go/types"
	"regexp"
	"strings"

	"golang.org/x/tools/go/types/typeutil"
)

// Maps that are handed to functions which are not under control. A parameter that is a map is read; one of any type is read
// by the functions that print or encode. Few functions change a map.

// The parameter that a function of the standard library changes, by package and name.
var changesMap = map[string]int{"maps.Copy": 0, "maps.DeleteFunc": 0, "maps.Insert": 0}

// The same of a parameter that points to a map.
var fillsMap = map[string]int{"encoding/json.Unmarshal": 1, "encoding/json.Decoder.Decode": 0, "encoding/gob.Decoder.Decode": 0}

// Methods that change the map they are called on.
var changesItself = methods("net/http.Header Add Set Del", "net/url.Values Add Set Del", "net/textproto.MIMEHeader Add Set Del")

// Functions that go through what they are handed, whatever its type.
var goesThrough = map[string]*manner{}

func init() {
	for how, lists := range map[*manner][]string{
		printing: {
			"fmt Print Println Printf Sprint Sprintln Sprintf Fprint Fprintln Fprintf Append Appendln Appendf Errorf",
			"log Print Println Printf Fatal Fatalln Fatalf Panic Panicln Panicf",
			"log.Logger Print Println Printf Fatal Fatalln Fatalf Panic Panicln Panicf",
			"testing.common Log Logf Error Errorf Fatal Fatalf Skip Skipf",
		},
		withJSON: {"encoding/json Marshal MarshalIndent", "encoding/json.Encoder Encode"},
		withGob:  {"encoding/gob.Encoder Encode"},
		shallow:  {"text/template.Template Execute", "html/template.Template Execute", "reflect DeepEqual"},
	} {
		for name := range methods(lists...) {
			goesThrough[name] = how
		}
	}
}

// methods gives the names that begin with the first word of a list and end with one of the others.
func methods(lists ...string) map[string]bool {
	all := map[string]bool{}
	for _, list := range lists {
		words := strings.Fields(list)
		for _, name := range words[1:] {
			all[words[0]+"."+name] = true
		}
	}
	return all
}

// callee gives the function or method that a call names, with its package, type and name.
func callee(info *types.Info, e *ast.CallExpr) (*types.Func, string) {
	f := typeutil.StaticCallee(info, e)
	if f == nil || f.Pkg() == nil {
		return nil, ""
	}
	if key, isMethod := methodKey(f); isMethod {
		return f, key
	}
	return f, f.Pkg().Path() + "." + f.Name()
}

// changed is the type of a map that a call of a function elsewhere changes.
func changedMap(info *types.Info, e *ast.CallExpr) types.Type {
	_, key := callee(info, e)
	if i, ok := changesMap[key]; ok && i < len(e.Args) {
		return info.TypeOf(e.Args[i])
	}
	if i, ok := fillsMap[key]; ok && i < len(e.Args) {
		if pointer, ok := under(info.TypeOf(e.Args[i])).(*types.Pointer); ok {
			return pointer.Elem()
		}
	}
	if changesItself[key] {
		return info.TypeOf(ast.Unparen(e.Fun).(*ast.SelectorExpr).X)
	}
	return nil
}

// handed records what a function that is not under control does with the maps of its call.
func (w *walker) handed(e *ast.CallExpr) {
	f, key := callee(w.info, e)
	if f == nil || !w.memory || e == w.postponed || w.within[f.Pkg().Path()] {
		return
	}
	if selector, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr); ok && f.Signature().Recv() != nil {
		function, operation := "ReadMap", "read"
		if changesItself[key] {
			function, operation = "WriteMap", "write"
		}
		w.handedMap(selector.X, e.Args, function, operation)
	}
	for i, a := range e.Args {
		change, changes := changesMap[key]
		fill, fills := fillsMap[key]
		_, isMap := mapOf(parameterAt(f.Origin().Signature(), i))
		switch rest := e.Args[i+1:]; {
		case changes && change == i:
			w.handedMap(a, rest, "WriteMap", "write")
		case fills && fill == i:
			w.filledMap(a, rest)
		case f.Pkg().Path() == "maps":
			w.handedMap(a, rest, "IterateMap", "read")
		case goesThrough[key] != nil && !namesOnly(w.info, e.Args):
			w.handedMap(a, rest, "IterateMap", "read")
			if isAny(parameterAt(f.Signature(), i)) { // and not what it writes to
				w.handedInside(a, rest, goesThrough[key])
			}
		case isMap:
			w.handedMap(a, rest, "ReadMap", "read")
		}
	}
}

// parameterAt is the type of a parameter, of each of them where the last stands for any number.
func parameterAt(s *types.Signature, i int) types.Type {
	last := s.Params().Len() - 1
	switch {
	case i < last || i == last && !s.Variadic():
		return s.Params().At(i).Type()
	case s.Variadic():
		if slice, ok := s.Params().At(last).Type().(*types.Slice); ok {
			return slice.Elem()
		}
	}
	return nil
}

func isAny(t types.Type) bool {
	i, ok := under(t).(*types.Interface)
	return ok && i.Empty()
}

var namingVerb = regexp.MustCompile(`%[-+# 0-9.\[\]]*[pT]`)

// namesOnly: a format among the arguments asks for an address or a type, for which a map is not looked into.
func namesOnly(info *types.Info, arguments []ast.Expr) bool {
	for _, a := range arguments {
		if value := info.Types[a].Value; value != nil && value.Kind() == goconstant.String && namingVerb.MatchString(goconstant.StringVal(value)) {
			return true
		}
	}
	return false
}

// handedMap records an access of a map where it is handed over.
func (w *walker) handedMap(m ast.Expr, rest []ast.Expr, function, operation string) {
	if w.sharedMap(m) {
		w.whenHanded(m, rest, function, "", func() string { return w.site(m.Pos(), operation, w.text(m)) })
	}
}

// whenHanded wraps a call of the runtime around what is handed over; where arguments behind it wait for others, around the
// last that does.
func (w *walker) whenHanded(a ast.Expr, rest []ast.Expr, function, more string, site func() string) {
	if !w.waits(rest) {
		w.wrap(a, "__lockstep."+function+"("+site()+", "+more, ")")
	} else if last, text := w.lastThatWaits(rest), w.simpleSource(a); last != nil && text != "" {
		w.wrap(last, "__lockstep."+function+"After("+site()+", "+more, ", "+text+")")
	}
}

// filledMap does so for a map that is changed through a pointer.
func (w *walker) filledMap(p ast.Expr, rest []ast.Expr) {
	pointer, ok := under(w.info.TypeOf(p)).(*types.Pointer)
	if !ok || w.waits(rest) {
		return
	}
	if m, isMap := under(pointer.Elem()).(*types.Map); isMap && w.facts.maps[m.String()] {
		name := ast.Unparen(p)
		if reference, ok := name.(*ast.UnaryExpr); ok {
			name = reference.X
		}
		w.wrap(p, "__lockstep.FillMap("+w.site(p.Pos(), "write", w.text(name))+", ", ")")
	}
}

// lastThatWaits is the last argument that waits, nil when nothing can be wrapped around it.
func (w *walker) lastThatWaits(arguments []ast.Expr) ast.Expr {
	for i := len(arguments) - 1; i >= 0; i-- {
		if !w.waits(arguments[i : i+1]) {
			continue
		}
		switch a := ast.Unparen(arguments[i]).(type) {
		case *ast.CallExpr:
			if _, several := w.info.TypeOf(a).(*types.Tuple); !several {
				return arguments[i]
			}
		case *ast.UnaryExpr:
			if a.Op == token.ARROW {
				return arguments[i]
			}
		}
		return nil // may be untyped, and get its type from where it stands
	}
	return nil
}
