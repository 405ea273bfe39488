// Command gotl-gpu turns a pretrained network and labelled pictures into a
// trained, verified classifier. Its commands parse, open the device, call
// package transfer and print; what they do is in transfer.
package main

import "os"

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, product())) }
