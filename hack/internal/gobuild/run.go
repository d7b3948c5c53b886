// SPDX-License-Identifier: Apache-2.0

package gobuild

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"time"
)

// Run prints what there is to do, runs the builds one after the other, and reports progress.
func (p *Plan) Run(ctx context.Context) error {
	if p.compiles() {
		p.log.Printf("%s", p)
	}
	share := &share{total: p.total, begin: time.Now()}
	for i, build := range p.builds {
		share.start(p.counts[i])
		err := p.log.Share("building "+build.Name, share.String, func() error { return p.run(ctx, build, p.stale[i], share) })
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *Plan) run(ctx context.Context, build Build, stale map[string]bool, share *share) error {
	for _, args := range build.steps() {
		command := goCommand(ctx, build, args)
		read, write := io.Pipe()
		command.Stdout, command.Stderr = write, write
		heard := make(chan struct{})
		go func() {
			defer close(heard)
			p.watch(read, stale, share)
		}()
		err := command.Run()
		write.Close()
		<-heard
		if err != nil {
			return fmt.Errorf("go %s: %w", args[0], err)
		}
	}
	return nil
}

// watch counts the packages that the go command prints, and shows all other output.
func (p *Plan) watch(output io.Reader, stale map[string]bool, share *share) {
	lines := bufio.NewScanner(output)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		switch counted, known := stale[lines.Text()]; {
		case counted:
			share.count()
		case !known:
			p.log.Printf("%s", lines.Text())
		}
	}
	_, _ = io.Copy(io.Discard, output)
}
