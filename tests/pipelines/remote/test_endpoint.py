import pytest

from pipelines.remote.endpoint import Endpoint, read_endpoint


def test_an_endpoint_is_spelled_with_its_model_its_url_and_its_options():
    found = read_endpoint("openai:org/m@x@http://h:8000/v1/#key_env=K&concurrency=3&timeout_s=0.5")
    assert (found.model, found.base_url) == ("org/m@x", "http://h:8000/v1")
    assert (found.key_env, found.concurrency, found.timeout_s) == ("K", 3, 0.5)
    assert found.name == "openai:org/m@x"


@pytest.mark.parametrize("spelled", ["openai:m", "openai:@http://h/v1", "openai:m@ftp://h/v1"])
def test_what_is_no_endpoint_is_told_with_an_example(spelled):
    with pytest.raises(ValueError, match="expected a model on a server such as openai:"):
        read_endpoint(spelled)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://h/v1/chat/completions/", "is added to the address: give http://h/v1$"),
        ("http://h:80a/v1", "expected http://HOST:PORT/PATH"),
        ("http:///v1", "expected http://HOST:PORT/PATH"),
        ("http://[::1/v1", "expected http://HOST:PORT/PATH"),
        ("http://h o/v1", "expected http://HOST:PORT/PATH"),
        ("http://h/v1#model=x", "option model of a server: no such option; options are answer_"),
        ("http://h/v1#base_url=x", "option base_url of a server: no such option"),
        ("http://h/v1#concurrency=2&concurrency=3", "option concurrency .*: given 2 times"),
        ("http://h/v1#timeout_s=inf", "option timeout_s of openai:m: .* finite number"),
    ],
)
def test_a_mistake_in_an_address_or_an_option_is_told(url, said):
    with pytest.raises(ValueError, match=said):
        read_endpoint(f"openai:m@{url}")


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("http://user:hunter2@h/v1", "hunter2"),
        ("http://h/v1?api_key=hunter2", "hunter2"),
        ("http://h/v1#key=hunter2", "hunter2"),
        ("http://h/v1#key_env=hunter-2", "hunter-2"),
        ("ftp://user:hunter2@h/v1", "hunter2"),
    ],
)
def test_a_secret_in_the_spelling_is_refused_and_not_repeated(url, secret):
    with pytest.raises(ValueError, match=r"expected|option") as caught:
        read_endpoint(f"openai:m@{url}")
    assert secret not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_key_that_no_header_can_carry_is_refused_without_showing_it(monkeypatch):
    monkeypatch.setenv("UALM_TEST_KEY", "schlüssel")
    with pytest.raises(ValueError, match="UALM_TEST_KEY") as caught:
        Endpoint(model="m", base_url="http://h/v1", key_env="UALM_TEST_KEY").key()
    assert "schl" not in str(caught.value)


def test_an_endpoint_never_holds_the_key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "canary")
    endpoint = read_endpoint("openai:m@http://h/v1")
    assert endpoint.key() == "canary"
    assert "canary" not in repr(endpoint) + endpoint.model_dump_json()
