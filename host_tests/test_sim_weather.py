"""Weather of a typical year, wet bulb against a psychrometric library."""

import pytest

from tools.sim.weather import SteadyWeather, Weather, wet_bulb_c


@pytest.mark.parametrize("humidity", [10, 30, 50, 70, 90])
@pytest.mark.parametrize("dry", [0, 10, 20, 30, 40])
def test_wet_bulb_agrees_with_psychrolib(dry, humidity):
    psychrolib = pytest.importorskip("psychrolib")
    psychrolib.SetUnitSystem(psychrolib.SI)
    exact = psychrolib.GetTWetBulbFromRelHum(dry, humidity / 100, 101325)
    assert wet_bulb_c(dry, humidity) == pytest.approx(exact, abs=1.0)  # the fit's stated worst


def test_stulls_own_example():
    assert wet_bulb_c(20.0, 50.0) == pytest.approx(13.7, abs=0.05)


def test_hours_of_the_file_and_minutes_between():
    weather = Weather(7, 21)
    assert weather.at(15 * 3600)[0] == 35.6  # row 7,21,15
    assert weather.at(5 * 3600)[0] == 26.7  # row 7,21,5
    first, last = weather.at(5 * 3600)[0], weather.at(6 * 3600)[0]
    assert weather.at(5 * 3600 + 1800)[0] == pytest.approx((first + last) / 2)
    assert weather.at(5 * 3600 + 59) == weather.at(5 * 3600)


def test_wet_bulb_never_exceeds_dry_bulb_in_the_whole_year():
    weather = Weather(1, 1)
    for hour in range(8760):
        dry, wet = weather.at(hour * 3600)
        assert wet <= dry


def test_the_year_runs_on():
    assert Weather(12, 31).at(24 * 3600) == Weather(1, 1).at(0)


def test_a_day_that_is_not_is_refused():
    with pytest.raises(ValueError, match="month 2, day 30"):
        Weather(2, 30)


def test_steady_weather_is_steady():
    assert SteadyWeather(30, 24).at(0) == SteadyWeather(30, 24).at(1e6) == (30, 24)
