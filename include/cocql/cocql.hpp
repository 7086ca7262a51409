#pragma once

/// Everything an application needs.

#include <cocql/as_result.hpp>
#include <cocql/connection.hpp>
#include <cocql/make_uuid.hpp>
#include <cocql/page_operators.hpp>
#include <cocql/session.hpp>
#include <cocql/version.hpp>
