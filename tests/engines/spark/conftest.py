"""A real Spark on ``local[2]``, started once for all tests of it."""

from __future__ import annotations

import os
import shutil
import sys

import pytest


@pytest.fixture(scope="session")
def spark():
    required = os.environ.get("EQUIWAIT_REQUIRE_SPARK")
    java = shutil.which("java") or os.environ.get("JAVA_HOME")
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        SparkSession = None
    if SparkSession is None or not java:
        said = "pyspark is not installed" if SparkSession is None else "there is no Java"
        if required:
            pytest.fail(f"Spark is required here, and {said}")
        pytest.skip(f"Spark is absent: {said}")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)
    building = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    session = building.config("spark.sql.shuffle.partitions", "3").getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()
