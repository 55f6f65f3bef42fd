// Package delegationtest helps hosts to test: the suites [Applications] and
// [Users], which every implementation of the directory contracts of package
// delegation must pass, and [Directory], both contracts in memory.
//
//	directory := delegationtest.NewDirectory(rootKey)
//	secret := directory.AddApplication(delegation.Application{ClientID: "calendar", Active: true, ...})
//	alice := directory.AddUser("alice@example.com")
//	authority, err := delegation.New(delegation.Config{Applications: directory, Users: directory, ...})
package delegationtest
