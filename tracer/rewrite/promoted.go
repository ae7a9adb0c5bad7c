package rewrite

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// promoted writes methods for the declared structs of d that embed a primitive of sync. Go promotes the primitive's
// own methods, which a call through an interface or by reflection reaches without passing any code of the program;
// a method of the same name on the struct itself takes their place. The method set stays the same.
func (w *walker) promoted(d *ast.GenDecl) {
	if d.Tok != token.TYPE {
		return
	}
	text := ""
	for _, spec := range d.Specs {
		spec := spec.(*ast.TypeSpec)
		structure, ok := spec.Type.(*ast.StructType)
		named, declared := w.info.Defs[spec.Name].(*types.TypeName)
		if !ok || !declared || spec.Assign.IsValid() || spec.Name.Name == "_" {
			continue
		}
		for _, field := range structure.Fields.List {
			if len(field.Names) == 0 {
				text += w.promotedFrom(named, spec, field.Type)
			}
		}
	}
	if text != "" {
		w.wrap(d, "", text)
	}
}

func (w *walker) promotedFrom(of *types.TypeName, spec *ast.TypeSpec, embedded ast.Expr) string {
	t := types.Unalias(w.info.TypeOf(embedded))
	star := "*"
	if pointer, ok := t.(*types.Pointer); ok {
		t, star = types.Unalias(pointer.Elem()), ""
	}
	primitive, ok := t.(*types.Named)
	if !ok || primitive.Obj().Pkg() == nil || primitive.Obj().Pkg().Path() != "sync" {
		return ""
	}
	text := ""
	methods := types.NewMethodSet(types.NewPointer(primitive))
	for i := range methods.Len() {
		method := methods.At(i).Obj().(*types.Func)
		m := modelledMethod(method)
		if m == nil {
			continue
		}
		found, path, _ := types.LookupFieldOrMethod(types.NewPointer(of.Type()), true, of.Pkg(), method.Name())
		if found != method || len(path) != 2 {
			continue // shadowed, or of two embedded fields
		}
		parameters, passed, can := w.spellParameters(method.Signature(), spec)
		results, known := w.spellResults(method.Signature(), spec)
		if !can || !known {
			continue
		}
		give := ""
		if results != "" {
			give = "return "
		}
		field := under(of.Type()).(*types.Struct).Field(path[0]).Name()
		reference := "&"
		if star == "" {
			reference = ""
		}
		id := w.site(embedded.Pos(), m.operation, field)
		text += fmt.Sprintf("; func (__lockstep_x %s%s%s) %s(%s) %s{ %s__lockstep.%s(__lockstep.From(%s), %s__lockstep_x.%s%s) }",
			star, of.Name(), parameterNames(spec), method.Name(), strings.TrimPrefix(parameters, ", "), results,
			give, m.function, id, reference, field, passed)
	}
	return text
}

// parameterNames is `[T, U]` for the receiver of a generic type's method.
func parameterNames(spec *ast.TypeSpec) string {
	if spec.TypeParams == nil {
		return ""
	}
	var list []string
	for _, field := range spec.TypeParams.List {
		for _, name := range field.Names {
			list = append(list, name.Name)
		}
	}
	return "[" + strings.Join(list, ", ") + "]"
}
