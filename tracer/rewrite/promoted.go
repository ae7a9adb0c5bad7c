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
	primitive, ok := primitiveOf(t)
	if !ok || w.facts.crowded[of.Pos()] {
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
		signature, spelled := w.spellSignature(method.Signature(), spec)
		if !spelled {
			continue
		}
		field := under(of.Type()).(*types.Struct).Field(path[0]).Name()
		reference := "&"
		if star == "" {
			reference = ""
		}
		id := w.site(embedded.Pos(), m.operation, field)
		call := fmt.Sprintf("__lockstep.%s(__lockstep.From(%s), %s__lockstep_x.%s%s)", m.function, id, reference, field, signature.passed)
		text += fmt.Sprintf("; func (__lockstep_x %s%s%s) %s(%s) %s%s", star, of.Name(), parameterNames(spec), method.Name(),
			signature.declared(), signature.results, signature.body(call))
	}
	return text
}

func primitiveOf(t types.Type) (*types.Named, bool) {
	primitive, ok := t.(*types.Named)
	return primitive, ok && primitive.Obj().Pkg() != nil && primitive.Obj().Pkg().Path() == "sync"
}

// crowd looks for a struct that embeds two types, of which one embeds a primitive: a method in the place of a promoted
// one stands one level higher, where the other type may have one of the same name. It is not written then.
func (g *gatherer) crowd(s *ast.StructType) {
	whole, ok := g.info.TypeOf(s).(*types.Struct)
	if !ok {
		return
	}
	for index := range whole.NumFields() {
		field := whole.Field(index)
		named, isNamed := types.Unalias(pointed(field.Type())).(*types.Named)
		if !field.Embedded() || !isNamed {
			continue
		}
		below, isStruct := named.Underlying().(*types.Struct)
		for i := 0; isStruct && i < below.NumFields(); i++ {
			primitive, ok := primitiveOf(types.Unalias(pointed(below.Field(i).Type())))
			if !ok || !below.Field(i).Embedded() {
				continue
			}
			methods := types.NewMethodSet(types.NewPointer(primitive))
			for k := range methods.Len() {
				method := methods.At(k).Obj()
				found, path, _ := types.LookupFieldOrMethod(types.NewPointer(whole), true, method.Pkg(), method.Name())
				if found != nil && len(path) == 2 && path[0] != index {
					g.crowded[named.Origin().Obj().Pos()] = true
				}
			}
		}
	}
}

func pointed(t types.Type) types.Type {
	if pointer, ok := types.Unalias(t).(*types.Pointer); ok {
		return pointer.Elem()
	}
	return t
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
