"""What people type or paste is read as the domain they mean, or answered by one clear sentence."""

import pytest

from sendoff.proving import naming


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("shop.test", "shop.test"),
        ("  Shop.Test.  ", "shop.test"),
        ("https://www.shop.test/sale?x=1", "shop.test"),
        ("http://shop.test:8080", "shop.test"),
        ("shop.test/contact", "shop.test"),
        ("ana@shop.test", "shop.test"),
        ("Ana <ana@shop.test>", "shop.test"),
        ("'shop.test',", "shop.test"),
        ("news\u2011letter.shop.test".replace("\u2011", "\u2010"), "news-letter.shop.test"),
        ("shop\u200b.test", "shop.test"),
        ("Bücher.test", "xn--bcher-kva.test"),
        ("xn--bcher-kva.test", "xn--bcher-kva.test"),
        ("sh\u043ep.test", "xn--shp-ted.test"),
        ("shop\u3002test", "shop.test"),
        ("shop.co.uk", "shop.co.uk"),
    ],
)
def test_a_domain_is_read_however_it_was_pasted(typed, meant):
    assert naming.read(typed) == meant


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Type the domain"),
        ("   ", "Type the domain"),
        ("shop", "no dot"),
        ("my shop.test", "a blank"),
        ("shop.test other.test", "a blank"),
        ("192.0.2.1", "is an address"),
        ("https://[2001:db8::1]/", "no domain"),
        ("shop..test", "no domain"),
        ("sho_p.test", "no domain"),
        ("-shop.test", "begins oddly"),
        ("a" * 64 + ".test", "too long"),
        (".".join(["abcdefghi"] * 30), "too long"),
        ("co.uk", "everybody"),
        ("http://[", "no domain"),
        ("\x00\xff", "no domain"),
        ("xn--\u00fc.test", "no domain"),
    ],
)
def test_what_is_no_domain_is_answered_by_one_sentence(typed, said):
    with pytest.raises(naming.NameProblem, match=said) as raised:
        naming.read(typed)
    assert str(raised.value).count("\n") == 0
