package evidence

import (
	"context"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api/layout"
)

// maxNodes is how many hashes a prover keeps, about 10 MB.
const maxNodes = 1 << 16

// Prover builds proofs against the checkpoint of an extent from the log's tiles.
// It keeps the inner hashes that it computed: the library's own builder computes
// them anew for every record, and neighbours share nearly all of theirs. One
// goroutine may use it.
type Prover struct {
	extent *Extent
	tiles  map[tileID][]byte
	nodes  map[compact.NodeID][]byte
}

// Prover gives one; what it proves is only as good as the tiles, so whoever asks
// checks every proof against the checkpoint.
func (e *Extent) Prover() *Prover {
	return &Prover{extent: e, tiles: map[tileID][]byte{}, nodes: map[compact.NodeID][]byte{}}
}

// Inclusion are the hashes from the record at place i to the root (RFC 6962).
func (p *Prover) Inclusion(ctx context.Context, i uint64) ([][]byte, error) {
	nodes, err := proof.Inclusion(i, p.extent.Checkpoint.Size)
	if err != nil {
		return nil, err
	}
	return p.path(ctx, nodes)
}

// Consistency are the hashes by which the tree extends its first size records (RFC 6962).
func (p *Prover) Consistency(ctx context.Context, size uint64) ([][]byte, error) {
	nodes, err := proof.Consistency(size, p.extent.Checkpoint.Size)
	if err != nil {
		return nil, err
	}
	return p.path(ctx, nodes)
}

func (p *Prover) path(ctx context.Context, nodes proof.Nodes) ([][]byte, error) {
	if len(p.nodes) > maxNodes {
		clear(p.nodes)
		clear(p.tiles)
	}
	hashes := make([][]byte, len(nodes.IDs))
	for n, id := range nodes.IDs {
		var err error
		if hashes[n], err = p.node(ctx, id); err != nil {
			return nil, err
		}
	}
	return nodes.Rehash(hashes, rfc6962.DefaultHasher.HashChildren)
}

// node is the root of a full subtree. Tiles hold every eighth level.
func (p *Prover) node(ctx context.Context, id compact.NodeID) ([]byte, error) {
	if id.Level%layout.TileHeight == 0 {
		return p.stored(ctx, uint64(id.Level)/layout.TileHeight, id.Index)
	}
	if hash, ok := p.nodes[id]; ok {
		return hash, nil
	}
	left, err := p.node(ctx, compact.NewNodeID(id.Level-1, 2*id.Index))
	if err != nil {
		return nil, err
	}
	right, err := p.node(ctx, compact.NewNodeID(id.Level-1, 2*id.Index+1))
	if err != nil {
		return nil, err
	}
	hash := rfc6962.DefaultHasher.HashChildren(left, right)
	p.nodes[id] = hash
	return hash, nil
}

func (p *Prover) stored(ctx context.Context, level, index uint64) ([]byte, error) {
	id := tileID{level, index / layout.TileWidth}
	tile, ok := p.tiles[id]
	if !ok {
		var err error
		size := p.extent.Checkpoint.Size
		if tile, err = p.extent.reader.bundles.tile(ctx, id.level, id.index, layout.PartialTileSize(id.level, id.index, size)); err != nil {
			return nil, err
		}
		p.tiles[id] = tile
	}
	const width = 32
	at := int(index%layout.TileWidth) * width
	if at+width > len(tile) {
		return nil, refuse(ErrDamaged, "%s ends before hash %d", layout.TilePath(level, id.index, 0), index%layout.TileWidth)
	}
	return tile[at : at+width], nil
}
