package main

import "context"

type migrateCommand struct{ databaseFlag }

// Run applies the migrations, as opening the database does.
func (m *migrateCommand) Run(ctx context.Context, c *console) error {
	db, err := m.open(ctx, c)
	if err != nil {
		return err
	}
	return db.Close()
}
