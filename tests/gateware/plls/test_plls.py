"""Every PLL, held to one contract: within its limits, and as close as it can be."""

import pytest

from shiftconv.gateware.plls import PLLS, PllError, PllSetting

# A board's clock in MHz and its device.
BOARDS = {"ecp5": (25, "LFE5U-85F"), "ice40": (12, "iCE40UP5K"), "gowin": (27, "GW1NR-LV9")}
# Found once with icepll 1.1, which minimises the error only.
ICEPLL = {24: (0, 63, 5, 1), 48: (0, 63, 4, 1), 30: (0, 79, 5, 1), 16.5: (0, 87, 6, 1)}


@pytest.fixture(params=PLLS.values(), ids=PLLS)
def pll(request):
    return request.param


def test_every_family_is_here():
    assert set(BOARDS) == set(PLLS)


def test_settings_are_within_the_limits(pll):
    in_mhz, part = BOARDS[pll.kind]
    limits = pll.limits(part)
    found = list(pll.settings(in_hz=in_mhz * 1e6, part=part))
    assert len(found) > 100
    for setting in found:
        for hz, (low, high) in (
            (setting.in_hz / setting.divide, limits.phase),
            (setting.in_hz * setting.multiply / setting.divide, limits.oscillator),
            (setting.in_hz * setting.multiply / setting.divide / setting.split, limits.output),
        ):
            assert low * 1e6 * (1 - 1e-9) <= hz <= high * 1e6 * (1 + 1e-9)


def test_no_setting_is_closer(pll):
    in_mhz, part = BOARDS[pll.kind]
    rates = [s.out_hz for s in pll.settings(in_hz=in_mhz * 1e6, part=part)]
    for mhz in (24, 33.3, 60, 133):
        chosen = pll.plan(in_hz=in_mhz * 1e6, out_hz=mhz * 1e6, part=part)
        closest = min(abs(rate - mhz * 1e6) for rate in rates)
        assert abs(chosen.out_hz - mhz * 1e6) == closest
        assert closest < 0.01 * mhz * 1e6


@pytest.mark.parametrize("mhz", ICEPLL)
def test_ice40_agrees_with_icepll(mhz):
    divr, divf, divq, filter_range = ICEPLL[mhz]
    setting = PLLS["ice40"].plan(in_hz=12e6, out_hz=mhz * 1e6, part="iCE40UP5K")
    assert setting == PllSetting(12e6, divr + 1, divf + 1, 1 << divq)
    assert PLLS["ice40"](setting, None).filter_range == filter_range


def test_what_cannot_be_had_is_refused():
    ecp5, ice40, gowin = (PLLS[family] for family in ("ecp5", "ice40", "gowin"))
    with pytest.raises(PllError, match=r"^The PLL of X gives 3\.125 to 400 MHz, not 401 MHz$"):
        ecp5.plan(in_hz=25e6, out_hz=401e6, part="X")
    with pytest.raises(PllError, match=r"^The PLL of X gives 16 to 275 MHz, not 12\.5 MHz$"):
        ice40.plan(in_hz=12e6, out_hz=12.5e6, part="X")
    with pytest.raises(PllError, match=r"^The PLL of X takes 10 to 133 MHz, not 8 MHz$"):
        ice40.plan(in_hz=8e6, out_hz=24e6, part="X")
    with pytest.raises(PllError, match=r"makes no 20 MHz of 27 MHz; the closest is 20\.25 MHz$"):
        gowin.plan(in_hz=27e6, out_hz=20e6, part="GW1N")
