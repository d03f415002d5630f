"""Durable jobs and schedules: open a context, call a service."""
