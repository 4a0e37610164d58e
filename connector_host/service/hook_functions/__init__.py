"""The hooks of a connector as functions of messages, by the paths of gRPC methods: what a connector process serves."""
