"""Servers that speak OpenAI's protocol: requests, retries, and a cache of answers."""
