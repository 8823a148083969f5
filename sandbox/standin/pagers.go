package standin

import (
	"net"

	"github.com/lowcodex/countersign/integrations/mail/mailtest"
	"github.com/lowcodex/countersign/integrations/pagerduty"
	"github.com/lowcodex/countersign/integrations/pagerduty/pagerdutytest"
)

// startPagers starts PagerDuty with those of the directory who have an account
// there, and a mail server that takes mail for everybody.
func (s *Site) startPagers(o Options) error {
	file, err := stateFile(o.Dir, "pagerduty.json")
	if err != nil {
		return err
	}
	opts := pagerdutytest.Options{SaveTo: file, Logger: o.Logger}
	for _, p := range o.Directory.People() {
		if id, ok := p.Accounts[pagerduty.Provider]; ok {
			opts.Users = append(opts.Users, pagerdutytest.User{ID: id, Name: p.Name})
		}
	}
	if o.Gateway != "" {
		opts.Webhook = pagerdutytest.Webhook{URL: o.Gateway + pagerWebhook, Secrets: []string{PagerDutyWebhookSecret}}
	}
	if s.PagerDuty, err = pagerdutytest.New(opts); err != nil {
		return err
	}
	s.closers = append(s.closers, s.PagerDuty.Close)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.serve(l, s.PagerDuty)
	s.PagerDutyURL = "http://" + l.Addr().String() + pagerdutytest.EnqueuePath
	if file, err = stateFile(o.Dir, "mail.json"); err != nil {
		return err
	}
	if s.Mail, err = mailtest.Start(mailtest.Options{SaveTo: file}); err != nil {
		return err
	}
	s.closers = append(s.closers, s.Mail.Close)
	return s.startMonitoring(o)
}
