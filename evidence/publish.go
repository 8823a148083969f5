package evidence

import (
	"context"
	"errors"
	"time"
)

// Publish signs and publishes a checkpoint over every record appended so far.
// ErrClosed after Close, which published the last one.
func (l *Log) Publish(ctx context.Context) error {
	return l.whileOpen(ctx, func() error {
		_, err := l.publish()
		return err
	})
}

// Anchor publishes a checkpoint and copies it to every anchor directory. It
// tries all of them and returns what failed; ErrDamaged means that a directory
// holds another history of this log. An empty log is not anchored.
func (l *Log) Anchor(ctx context.Context) error {
	return l.whileOpen(ctx, l.dropAnchors)
}

// whileOpen keeps Close waiting while f writes to the directory.
func (l *Log) whileOpen(ctx context.Context, f func() error) error {
	l.accepting.RLock()
	defer l.accepting.RUnlock()
	if l.closed {
		return ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return f()
}

func (l *Log) publish() (checkpoint, error) {
	cp, err := l.tree.publish()
	if err == nil {
		l.marks.published(time.Now(), cp.Size)
	}
	if f := l.cfg.Observer.Published; f != nil && err == nil {
		f(cp.Size)
	}
	return cp, err
}

func (l *Log) dropAnchors() error {
	l.anchor.Lock()
	defer l.anchor.Unlock()
	cp, err := l.publish()
	if err != nil || cp.Size == 0 {
		return err
	}
	for _, dir := range l.cfg.AnchorDirs {
		failed := dropAnchor(dir, l.cfg.Origin, cp, l.tree.id.verifier)
		if failed == nil {
			l.marks.anchored(time.Now(), dir, cp.Size)
		}
		err = errors.Join(err, failed)
	}
	if err != nil {
		return err
	}
	l.dropped = cp.Size
	if f := l.cfg.Observer.Anchored; f != nil {
		f(cp.Size)
	}
	return nil
}

// publishes keeps checkpoints and anchors up with the log until Close. A
// failure is reported and tried again at the next tick; appends go on, since
// every record is durable before its checkpoint.
func (l *Log) publishes() {
	defer close(l.stopped)
	publish := time.NewTicker(l.cfg.CheckpointInterval)
	defer publish.Stop()
	anchor := time.NewTicker(l.cfg.AnchorInterval)
	defer anchor.Stop()
	for {
		select {
		case <-l.stop:
			return
		case <-publish.C:
			if l.tree.behind() {
				if _, err := l.publish(); err != nil {
					l.logger.Error("checkpoint was not published", "error", err)
				}
			}
		case <-anchor.C:
			if l.Size() > l.anchoredSize() {
				if err := l.dropAnchors(); err != nil {
					l.logger.Error("checkpoint was not anchored", "error", err)
				}
			}
		}
	}
}

func (l *Log) anchoredSize() uint64 {
	l.anchor.Lock()
	defer l.anchor.Unlock()
	return l.dropped
}
