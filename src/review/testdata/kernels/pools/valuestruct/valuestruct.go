// Package valuestruct pools structs by value.
package valuestruct

import "sync"

type point struct{ x, y, z float64 }

type Mesh struct{ points sync.Pool }

func NewMesh() *Mesh {
	m := &Mesh{}
	m.points.New = func() any { return point{} } // leak: pool-value-boxed
	return m
}

func (m *Mesh) Norm(x float64) float64 {
	p := m.points.Get().(point)
	p.x = x
	n := p.x * p.x
	m.points.Put(p) // leak: pool-value-boxed
	return n
}

// Repaired.

type MeshRepaired struct{ points sync.Pool }

func NewMeshRepaired() *MeshRepaired {
	m := &MeshRepaired{}
	m.points.New = func() any { return new(point) }
	return m
}

func (m *MeshRepaired) Norm(x float64) float64 {
	p := m.points.Get().(*point)
	p.x = x
	n := p.x * p.x
	m.points.Put(p)
	return n
}
